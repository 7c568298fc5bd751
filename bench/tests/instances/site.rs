use std::process::Command;
use std::time::{Duration, Instant};

use bench::server::{Nginx, free_port};
use reqwest::Client;
use rocket::tokio::time::sleep;
use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::crowd::Crowd;
use crate::server::Server;

pub const INSTANCES: usize = 3;

/// Between two looks at whether something has happened. All processes share the processors.
pub const PAUSE: Duration = Duration::from_millis(10);

/// The secret key that the instances begin with.
pub const KEY: &str = "dGhlIGZpcnN0IHNlY3JldCBrZXkgb2YgdGhlIHRlc3Q=";

/// Three instances on one database, and nginx in front of them.
pub struct Site {
    // In this order they are stopped.
    nginx: Nginx,
    instances: Vec<Instance>,
    pub database: Cluster,
    standby: Option<Cluster>,
    url: String,
    http: Client,
    _folder: TempDir,
}

/// A place where a server runs.
struct Instance {
    port: u16,
    server: Option<Server>,
    key: String,
    fallbacks: Vec<String>,
}

impl Site {
    /// Starts everything. With a standby, no commit is answered before the standby has it.
    pub async fn start(has_standby: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // PostgreSQL and nginx run as other users.
        assert!(Command::new("chmod").arg("755").arg(folder.path()).status().unwrap().success());
        let database = Cluster::new(folder.path(), has_standby);
        let standby = has_standby.then(|| database.standby(folder.path()));
        let hosts: Vec<String> = [Some(&database), standby.as_ref()]
            .into_iter()
            .flatten()
            .map(|it| format!("127.0.0.1:{}", it.port))
            .collect();
        let url = format!(
            "postgres://tester@{}/postgres?target_session_attrs=read-write&connect_timeout=2&sslmode=disable",
            hosts.join(",")
        );
        let make = || Instance { port: free_port().unwrap(), server: None, key: KEY.into(), fallbacks: Vec::new() };
        let mut instances: Vec<Instance> = (0..INSTANCES).map(|_| make()).collect();
        instances.iter_mut().for_each(|instance| instance.start(&url));
        let nginx = Nginx::start(
            &folder.path().join("nginx"),
            &instances.iter().map(|instance| instance.port).collect::<Vec<_>>(),
        )
        .unwrap();
        // Each request has a connection of its own: nginx may close an idle one at the moment when it is used.
        let http = Client::builder().no_proxy().pool_max_idle_per_host(0);
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let site = Self { nginx, instances, database, standby, url, http, _folder: folder };
        site.wait_until_ready().await;
        site
    }

    /// Lets visitors use the site, until they are told to leave. When this returns, each of them has a session.
    pub async fn crowd(&self) -> Crowd {
        Crowd::come(&self.nginx.url(), &self.http).await
    }

    /// Kills an instance with SIGKILL, and waits until its process has ended.
    pub fn kill(&mut self, instance: usize) {
        self.instances[instance].server.take().unwrap().kill();
    }

    /// Starts an instance that was stopped, with the same settings.
    pub fn restart(&mut self, instance: usize) {
        self.instances[instance].start(&self.url);
    }

    /// Gives an instance other secret keys, as `deploy/restart-instances` restarts one: nginx sends it no requests meanwhile.
    pub async fn replace(&mut self, instance: usize, key: &str, fallbacks: &[&str]) {
        let place = &mut self.instances[instance];
        self.nginx.set_down(place.port, true).unwrap();
        place.server.take().unwrap().stop();
        place.key = key.to_owned();
        place.fallbacks = fallbacks.iter().map(|key| (*key).to_owned()).collect();
        place.start(&self.url);
        self.wait_until_ready().await;
        self.nginx.set_down(self.instances[instance].port, false).unwrap();
    }

    pub fn standby(&self) -> &Cluster {
        self.standby.as_ref().expect("there is a standby")
    }

    /// Promotes the standby. The primary has to be stopped already.
    pub fn fail_over(&mut self) {
        self.database = self.standby.take().expect("there is a standby");
        self.database.promote();
    }

    /// Waits until each instance answers that it is ready. Returns the moment.
    pub async fn wait_until_ready(&self) -> Instant {
        let patience = Instant::now();
        for instance in &self.instances {
            let page = format!("http://127.0.0.1:{}/readyz", instance.port);
            while self.http.get(&page).send().await.and_then(|answer| answer.error_for_status()).is_err() {
                assert!(patience.elapsed().as_secs() < 60, "an instance does not recover");
                sleep(PAUSE).await;
            }
        }
        Instant::now()
    }
}

impl Instance {
    /// Starts the server and waits until it is ready for requests.
    fn start(&mut self, database: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
        command
            .arg("serve")
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .env_clear()
            .env("ROCKET_PROFILE", "release")
            .env("ROCKET_SECRET_KEY", &self.key)
            .env("ROCKET_PORT", self.port.to_string())
            .env("ROCKET_CLI_COLORS", "false")
            .env("ROCKET_DATABASES", format!("{{sessions={{url={database:?}}}}}"))
            .env(
                "ROCKET_SESSION",
                format!("{{auto_migrate=true,sweep_interval=1,secret_key_fallbacks={:?}}}", self.fallbacks),
            );
        self.server = Some(Server::start(command));
    }
}
