use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::installation::{Installation, PROJECT, SERVE};
use crate::server::Server;
use crate::visitor::Visitor;
use crate::writer::Writer;

/// The user who runs the server if root runs this test. File permissions do not restrict root.
const NOBODY: u32 = 65534;

/// An installation whose server is restricted by file permissions, with a copy of the program.
struct RestrictedInstallation {
    installation: Installation,
    data: PathBuf,
    program: TempDir,
}

impl RestrictedInstallation {
    fn new() -> Self {
        let program = tempfile::tempdir().unwrap();
        let data = program.path().join("data");
        fs::create_dir(&data).unwrap();
        let sources = [SERVE[0].to_owned(), format!("{PROJECT}/Rocket.toml"), format!("{PROJECT}/templates")];
        // `nobody` may have no access to the project's folder.
        assert!(Command::new("cp").arg("-r").args(sources).arg(program.path()).status().unwrap().success());
        fs::set_permissions(program.path(), Permissions::from_mode(0o755)).unwrap();
        if is_root() {
            chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self { installation: Installation::at(&data), data, program }
    }

    fn start(&self) -> Server {
        let mut command = Command::new(self.program.path().join("bench"));
        command.arg(SERVE[1]).current_dir(self.program.path());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        self.installation.start_with(command)
    }

    /// Sets the permissions of the database's folder and of all files in it.
    fn set_modes(&self, files: u32, folder: u32) {
        for entry in fs::read_dir(&self.data).unwrap() {
            fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(files)).unwrap();
        }
        fs::set_permissions(&self.data, Permissions::from_mode(folder)).unwrap();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Creates sessions, ends the server with `end`, and starts a server on read-only files. Then makes the files writable
/// while this server runs.
async fn check_read_only(restricted: RestrictedInstallation, folder_mode: u32, end: fn(Server)) {
    let server = restricted.start();
    let mut writers = Writer::many(&server, 8);
    for writer in &mut writers {
        writer.must_change().await;
    }
    end(server);

    restricted.set_modes(0o444, folder_mode);
    let mut server = restricted.start();
    for writer in &mut writers {
        writer.visitor.set_server(&server);
        writer.check().await;
        assert_eq!(writer.change().await, Some(503), "{}", server.log_tail());
        writer.check().await;
    }
    assert_eq!(Writer::new(Visitor::new(&server)).change().await, Some(503));
    let causes = ["readonly database", "read-only", "read only"];
    assert!(server.has_logged(&causes), "the log does not have the cause:\n{}", server.log_tail());

    restricted.set_modes(0o644, 0o755);
    for writer in &mut writers {
        writer.change_until_ok(Duration::from_secs(30)).await;
        writer.check().await;
    }
    assert!(server.is_running());
    restricted.installation.database().check_integrity();
}

#[rocket::async_test]
async fn a_read_only_file_is_read_and_is_written_once_it_is_writable() {
    check_read_only(RestrictedInstallation::new(), 0o755, Server::stop).await;
}

#[rocket::async_test]
async fn the_wal_of_a_killed_server_is_read_in_a_read_only_folder() {
    check_read_only(RestrictedInstallation::new(), 0o555, Server::kill).await;
}
