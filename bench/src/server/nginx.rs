use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::error::Result;

/// The site that the guide installs.
const SITE: &str = include_str!("../../../deploy/nginx.conf");

/// nginx with the project's own site, in front of servers on this machine. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Nginx {
    process: Child,
    folder: PathBuf,
    /// A port for plain HTTP beside the site's own, which is for HTTPS: no measurement is about encryption.
    port: u16,
}

impl Nginx {
    /// Starts nginx in front of up to three servers. `folder` is created, and gets its files.
    pub fn start(folder: &Path, servers: &[u16]) -> Result<Self> {
        fs::create_dir(folder)?;
        let port = free_port()?;
        let (certificate, key) = make_certificate(folder)?;
        let http = format!("listen 127.0.0.1:{};", free_port()?);
        let https = format!("listen 127.0.0.1:{} ssl http2;\n    listen 127.0.0.1:{port};", free_port()?);
        let mut site = replace(SITE, "listen 80;", &http)?;
        site = replace(&site, "listen 443 ssl http2;", &https)?;
        site = replace(&site, "listen [::]:", "# listen [::]:")?; // loopback only
        site = replace(&site, "/etc/letsencrypt/live/example.org/fullchain.pem", &certificate)?;
        site = replace(&site, "/etc/letsencrypt/live/example.org/privkey.pem", &key)?;
        for (index, number) in (8001..8004).enumerate() {
            let server = match servers.get(index) {
                Some(port) => format!("server 127.0.0.1:{port} "),
                None => format!("# server 127.0.0.1:{number} "),
            };
            site = replace(&site, &format!("server 127.0.0.1:{number} "), &server)?;
        }
        let main = format!(
            "daemon off; pid {folder}/pid; error_log {folder}/error.log warn; worker_processes 2;
            events {{ worker_connections 2000; }}
            http {{
                access_log off;
                client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
                uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
                include {folder}/site.conf;
            }}",
            folder = folder.display()
        );
        fs::write(folder.join("site.conf"), site)?;
        fs::write(folder.join("nginx.conf"), main)?;
        let process = nginx(folder).spawn().map_err(|error| format!("nginx, of Debian's package nginx: {error}"))?;
        let mut nginx = Self { process, folder: folder.to_owned(), port };
        nginx.wait_for_workers(|workers| !workers.is_empty())?;
        Ok(nginx)
    }

    /// Sends no new requests to a server, or sends requests to it again. Returns when those of before are answered.
    pub fn set_down(&mut self, server: u16, is_down: bool) -> Result {
        let path = self.folder.join("site.conf");
        let site = fs::read_to_string(&path)?;
        let (up, down) = (format!("server 127.0.0.1:{server} max"), format!("server 127.0.0.1:{server} down max"));
        fs::write(&path, if is_down { replace(&site, &up, &down)? } else { replace(&site, &down, &up)? })?;
        let old = self.workers()?;
        if !nginx(&self.folder).args(["-s", "reload"]).status()?.success() {
            return Err("nginx did not accept its new configuration".into());
        }
        // Each old worker ends when its last request is answered.
        self.wait_for_workers(|workers| !workers.is_empty() && !workers.iter().any(|worker| old.contains(worker)))
    }

    fn wait_for_workers(&mut self, is_enough: impl Fn(&[u32]) -> bool) -> Result {
        let started = Instant::now();
        while !is_enough(&self.workers()?) {
            if self.process.try_wait()?.is_some() || started.elapsed() > PATIENCE {
                return Err(fs::read_to_string(self.folder.join("error.log"))?.into());
            }
            sleep(PAUSE);
        }
        Ok(())
    }

    /// Returns the process ID of the process that is the parent of all workers.
    pub fn id(&self) -> i32 {
        self.process.id().cast_signed()
    }

    /// Returns the URL of the site, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the process IDs of the workers.
    fn workers(&self) -> Result<Vec<u32>> {
        let id = self.process.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        Ok(children.split_whitespace().filter_map(|id| id.parse().ok()).collect())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

const PAUSE: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(120);

fn nginx(folder: &Path) -> Command {
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg(folder.join("error.log")).stderr(Stdio::null());
    command
}

/// Makes a certificate that nobody has to trust.
fn make_certificate(folder: &Path) -> Result<(String, String)> {
    let path = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) = (path("certificate"), path("key"));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=example.org"])
        .args(["-keyout", &key, "-out", &certificate])
        .output()?;
    match output.status.success() {
        true => Ok((certificate, key)),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

/// Returns a port on which nothing listens.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Replaces all places of a text.
fn replace(text: &str, from: &str, to: &str) -> Result<String> {
    match text.contains(from) {
        true => Ok(text.replace(from, to)),
        false => Err(format!("deploy/nginx.conf should contain: {from}").into()),
    }
}
