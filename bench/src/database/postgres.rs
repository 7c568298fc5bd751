use std::process::Command;

use procfs::process::Process;
use reqwest::Url;

use crate::error::Result;
use crate::measurement::ProcessUsage;

/// A PostgreSQL server on this machine. `psql` sends the SQL, so that this program compiles without libpq.
#[derive(Debug)]
pub struct Postgres {
    url: Url,
    /// The process that is the parent of all processes of the server.
    postmaster: i32,
    /// The version and the settings that matter, for the report.
    pub description: String,
}

impl Postgres {
    /// Connects to the server that the URL names.
    ///
    /// # Errors
    ///
    /// Fails if the server does not wait for the disk at each commit, because nothing could be compared then.
    pub fn connect(url: &str) -> Result<Self> {
        let mut url = Url::parse(url)?;
        // Not every contestant can encrypt its connection. On loopback, none has to.
        url.set_query(Some("sslmode=disable"));
        let settings = ["server_version", "synchronous_commit", "fsync", "full_page_writes", "shared_buffers"];
        let shown = settings.map(|setting| query(&url, &format!("SHOW {setting}")));
        let [version, commit, fsync, full_pages, buffers] = shown;
        let (version, commit, fsync, full_pages, buffers) = (version?, commit?, fsync?, full_pages?, buffers?);
        if [&commit, &fsync, &full_pages] != ["on"; 3] {
            return Err("synchronous_commit, fsync and full_page_writes have to be on".into());
        }
        let checkpointer = query(&url, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")?;
        let postmaster = Process::new(checkpointer.parse()?)
            .and_then(|process| process.stat())
            .map_err(|error| format!("the PostgreSQL server has to run on this machine: {error}"))?
            .ppid;
        let description = format!("{version}, synchronous_commit = on, shared_buffers = {buffers}");
        Ok(Self { url, postmaster, description })
    }

    /// Creates an empty database and returns its URL. If there is one of this name, it is deleted.
    pub fn create_database(&self, name: &str) -> Result<Url> {
        self.drop_database(name)?;
        query(&self.url, &format!("CREATE DATABASE {name}"))?;
        Ok(self.url_of(name))
    }

    /// Deletes a database, even if somebody is connected to it.
    pub fn drop_database(&self, name: &str) -> Result {
        query(&self.url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).map(drop)
    }

    /// Returns how many rows were inserted and updated in a database since it was created.
    ///
    /// A connection reports its last rows when it has had nothing to do for ten seconds.
    pub fn written_rows(&self, name: &str) -> Result<u64> {
        let sql = "SELECT coalesce(sum(n_tup_ins + n_tup_upd), 0) FROM pg_stat_user_tables";
        Ok(query(&self.url_of(name), sql)?.parse()?)
    }

    /// Returns what all processes of the server have used so far.
    pub fn usage(&self) -> Result<ProcessUsage> {
        ProcessUsage::of_family(self.postmaster)
    }

    fn url_of(&self, name: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(name);
        url
    }
}

/// Sends one statement and returns its first value.
fn query(url: &Url, sql: &str) -> Result<String> {
    let output = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--command", sql, url.as_str()])
        .env("PGOPTIONS", "-c client_min_messages=error")
        .output()
        .map_err(|error| format!("psql, of Debian's package postgresql-client: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?.trim().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}
