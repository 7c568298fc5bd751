use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::installation::{Installation, PROJECT, SERVE};
use crate::server::Server;
use crate::visitor::Visitor;
use crate::writer::{Writer, join_all};

/// How long the server may take to accept changes again.
const DEADLINE: Duration = Duration::from_secs(30);

/// A small disk. It is unmounted when this value is dropped.
struct Disk(TempDir);

impl Disk {
    /// Mounts a disk in memory. Returns `None` if this process must not mount disks.
    fn mount(size: &str) -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(disk.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(disk)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills the disk with a file until only `free` bytes are free, and returns the file's path.
    fn fill(&self, free: usize) -> PathBuf {
        let path = self.path().join("filler");
        let mut file = File::create(&path).unwrap();
        let mut size = 0_u64;
        while file.write_all(&[1; 4096]).is_ok() {
            size += 4096;
        }
        file.set_len(size.saturating_sub(free as u64)).unwrap();
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

/// Creates sessions, and changes each a few times, until a change is refused.
async fn create_sessions_until_refused(visitor: Visitor) -> Vec<Writer> {
    let mut writers = Vec::new();
    loop {
        let mut writer = Writer::new(visitor.clone());
        let mut refused = false;
        for _ in 0..3 {
            refused |= writer.change().await.expect("no response") == 503;
        }
        writers.push(writer);
        if refused {
            return writers;
        }
    }
}

/// Fills the database until there is no space, and checks that nothing is lost. Then calls `make_space`, and checks
/// that the server accepts changes again.
async fn check_full_disk(
    installation: &Installation,
    mut server: Server,
    mut old: Writer,
    make_space: impl FnOnce(&Server),
) {
    let visitor = Visitor::new(&server);
    let writers = join_all((0..8).map(|_| create_sessions_until_refused(visitor.clone()))).await;
    let mut writers: Vec<Writer> = writers.into_iter().flatten().collect();
    println!("{} sessions", writers.len());

    let causes = ["database or disk is full", "disk i/o error"];
    assert!(server.has_logged(&causes), "the log does not have the cause:\n{}", server.log_tail());

    old.check().await;
    let page = old.visitor.get("/get").await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Bipasha"), "{}", page.body);
    for writer in &mut writers {
        writer.check().await;
    }

    make_space(&server);
    old.change_until_ok(DEADLINE).await;
    assert!(server.is_running());
    for writer in &mut writers {
        writer.check().await;
        writer.must_change().await;
    }

    server.kill();
    let server = installation.start();
    installation.database().check_integrity();
    for writer in writers.iter_mut().chain([&mut old]) {
        writer.visitor.set_server(&server);
        writer.check().await;
    }
}

/// Creates a session while there is still space.
async fn create_session(server: &Server) -> Writer {
    let mut writer = Writer::new(Visitor::new(server));
    assert_eq!(writer.visitor.get("/set").await.unwrap().status, 200);
    writer.must_change().await;
    writer
}

#[rocket::async_test]
async fn on_a_full_disk_changes_are_refused_and_no_answered_change_is_lost() {
    let Some(disk) = Disk::mount("size=8m") else {
        println!("skipped: only root can mount a small disk");
        return;
    };
    let installation = Installation::at(disk.path());
    let server = installation.start();
    let old = create_session(&server).await;
    let filler = disk.fill(3_000_000);
    check_full_disk(&installation, server, old, |_| fs::remove_file(filler).unwrap()).await;
}

#[rocket::async_test]
async fn at_the_file_size_limit_changes_are_refused_and_no_answered_change_is_lost() {
    const BLOCKS: usize = 6000; // of 512 bytes
    // Sets the soft limit, which can be lifted again without root. The signal is ignored, so that SQLite gets an error
    // instead.
    let script = format!("trap '' XFSZ; ulimit -S -f {BLOCKS}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).args(SERVE).current_dir(PROJECT);

    let installation = Installation::new();
    let server = installation.start_with(command);
    let old = create_session(&server).await;
    let lift_limit = |server: &Server| {
        let arguments = ["--pid", &server.pid().to_string(), "--fsize=unlimited:"];
        assert!(Command::new("prlimit").args(arguments).status().unwrap().success());
    };
    check_full_disk(&installation, server, old, lift_limit).await;
}
