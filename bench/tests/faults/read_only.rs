use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::server::Server;
use crate::site::{PROJECT, SERVE, Site};
use crate::visitor::Visitor;
use crate::writer::Writer;

/// Modes mean nothing to root, so a server that root starts runs as this user.
const NOBODY: u32 = 65534;

/// A site whose server may do only what the modes allow, and what that server needs to read.
struct Guarded {
    site: Site,
    data: PathBuf,
    program: TempDir,
}

impl Guarded {
    fn new() -> Self {
        let program = tempfile::tempdir().unwrap();
        let data = program.path().join("data");
        fs::create_dir(&data).unwrap();
        let sources = [SERVE[0].to_owned(), format!("{PROJECT}/Rocket.toml"), format!("{PROJECT}/templates")];
        // The project may be where that user can't go.
        assert!(Command::new("cp").arg("-r").args(sources).arg(program.path()).status().unwrap().success());
        fs::set_permissions(program.path(), Permissions::from_mode(0o755)).unwrap();
        if is_root() {
            chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self { site: Site::at(&data), data, program }
    }

    fn start(&self) -> Server {
        let mut command = Command::new(self.program.path().join("bench"));
        command.arg(SERVE[1]).current_dir(self.program.path());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        self.site.start_by(command)
    }

    /// The database file, and what SQLite has put beside it.
    fn allow(&self, file: u32, folder: u32) {
        for entry in fs::read_dir(&self.data).unwrap() {
            fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(file)).unwrap();
        }
        fs::set_permissions(&self.data, Permissions::from_mode(folder)).unwrap();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Some sessions, then `end`, then a server on files that may only be read, then the same server when they may be
/// written again.
async fn serves_what_may_only_be_read(guarded: Guarded, folder: u32, end: fn(Server)) {
    let server = guarded.start();
    let mut writers = Writer::crowd(&server, 8);
    for writer in &mut writers {
        writer.must_change().await;
    }
    end(server);

    guarded.allow(0o444, folder);
    let mut server = guarded.start();
    for writer in &mut writers {
        writer.visitor.go_to(&server);
        writer.check().await;
        assert_eq!(writer.change().await, Some(503), "{}", server.last_words());
        writer.check().await;
    }
    assert_eq!(Writer::new(Visitor::new(&server)).change().await, Some(503));
    let causes = ["readonly database", "read-only", "read only"];
    assert!(server.has_logged(&causes), "no cause in the log:\n{}", server.last_words());

    guarded.allow(0o644, 0o755);
    for writer in &mut writers {
        writer.change_until_ok(Duration::from_secs(30)).await;
        writer.check().await;
    }
    assert!(server.is_running());
    guarded.site.database().check();
}

#[rocket::async_test]
async fn a_file_that_may_only_be_read_is_read_and_written_again_when_it_may() {
    serves_what_may_only_be_read(Guarded::new(), 0o755, Server::stop).await;
}

#[rocket::async_test]
async fn the_journal_of_a_killed_server_is_read_in_a_folder_that_may_only_be_read() {
    serves_what_may_only_be_read(Guarded::new(), 0o555, Server::kill).await;
}
