use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench::server::free_port;

/// A PostgreSQL server with its own data. It is stopped when this is dropped.
pub struct Cluster {
    data: PathBuf,
    pub port: u16,
    options: &'static str,
}

impl Cluster {
    /// Makes a database that accepts everybody on loopback, and starts it. With `standby`, each commit waits for a standby.
    pub fn new(folder: &Path, has_standby: bool) -> Self {
        let cluster = Self::at(folder, "primary", if has_standby { "-c synchronous_standby_names=*" } else { "" });
        let options = ["--username=tester", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"];
        cluster.run("initdb", &[&["--pgdata", cluster.data()], &options[..]].concat());
        cluster.start();
        cluster
    }

    /// Copies this server into one that follows it, and starts that.
    pub fn standby(&self, folder: &Path) -> Self {
        let standby = Self::at(folder, "standby", "");
        let port = self.port.to_string();
        let from = ["--host=127.0.0.1", "--port", &port, "--username=tester", "--write-recovery-conf", "--no-sync"];
        standby.run("pg_basebackup", &[&["--pgdata", standby.data(), "--checkpoint=fast"], &from[..]].concat());
        standby.start();
        standby
    }

    fn at(folder: &Path, name: &str, options: &'static str) -> Self {
        let parent = folder.join(name);
        fs::create_dir(&parent).unwrap();
        if is_root() {
            let owner = Command::new("chown").arg("postgres").arg(&parent).status().unwrap();
            assert!(owner.success(), "there is no user postgres: install Debian's package postgresql");
        }
        Self { data: parent.join("data"), port: free_port().unwrap(), options }
    }

    /// Starts the server and waits until it answers.
    pub fn start(&self) {
        // These tests are about processes, and not about disks. Without fsync they are faster.
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c fsync=off {}",
            self.port, self.options
        );
        self.control(&["start", "--log", self.data.with_file_name("log").to_str().unwrap(), "-o", &options]);
    }

    /// Stops the server. `fast` closes all connections in good order, and `immediate` is a crash.
    pub fn stop(&self, mode: &str) {
        self.control(&["stop", "--mode", mode]);
    }

    /// Makes a standby the primary, and waits until it accepts changes.
    pub fn promote(&self) {
        self.control(&["promote"]);
    }

    fn control(&self, arguments: &[&str]) {
        self.run("pg_ctl", &[arguments, &["--pgdata", self.data(), "--wait", "--silent"]].concat());
    }

    fn data(&self) -> &str {
        self.data.to_str().unwrap()
    }

    /// Runs a program of PostgreSQL, which refuses to run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = binaries().join(program);
        let mut command = match is_root() {
            true => Command::new("runuser"),
            false => Command::new(&program),
        };
        if is_root() {
            command.args(["-u", "postgres", "--"]).arg(&program);
        }
        // Its output goes into a file: a server that it starts would keep a pipe open.
        let log = fs::File::options().create(true).append(true).open(self.data.with_file_name("commands")).unwrap();
        let status =
            command.args(arguments).current_dir("/").stdout(log.try_clone().unwrap()).stderr(log).status().unwrap();
        let log = fs::read_to_string(self.data.with_file_name("commands")).unwrap();
        assert!(status.success(), "{} {arguments:?}: {log}", program.display());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data.join("postmaster.pid").exists() {
            self.stop("immediate");
        }
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// Returns the folder with the programs of the newest PostgreSQL on this machine.
fn binaries() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("install Debian's package postgresql");
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    versions.map(|entry| entry.unwrap().path()).max_by_key(version).unwrap().join("bin")
}
