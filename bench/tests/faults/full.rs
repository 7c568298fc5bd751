use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::server::Server;
use crate::site::{PROJECT, SERVE, Site};
use crate::visitor::Visitor;
use crate::writer::{Writer, together};

/// After this, a service that does not come back by itself does not.
const DEADLINE: Duration = Duration::from_secs(30);

/// A disk of its own, unmounted on drop.
struct Disk(TempDir);

impl Disk {
    /// None where this machine lets nobody mount one.
    fn mount(size: &str) -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(disk.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(disk)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the space but `left` bytes.
    fn fill(&self, left: usize) -> PathBuf {
        let path = self.path().join("filler");
        let mut file = File::create(&path).unwrap();
        let mut size = 0_u64;
        while file.write_all(&[1; 4096]).is_ok() {
            size += 4096;
        }
        file.set_len(size.saturating_sub(left as u64)).unwrap();
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

/// Visitors who come, change the session a few times and are followed by others, until one is refused.
async fn fill_with_sessions(visitor: Visitor) -> Vec<Writer> {
    let mut writers = Vec::new();
    loop {
        let mut writer = Writer::new(visitor.clone());
        let mut refused = false;
        for _ in 0..3 {
            refused |= writer.change().await.expect("no answer") == 503;
        }
        writers.push(writer);
        if refused {
            return writers;
        }
    }
}

/// The whole story: sessions until there is no space, then `make_space`, then service by itself.
async fn survives_without_space(site: &Site, mut server: Server, mut old: Writer, make_space: impl FnOnce(&Server)) {
    let visitor = Visitor::new(&server);
    let storm = together((0..8).map(|_| fill_with_sessions(visitor.clone()))).await;
    let mut writers: Vec<Writer> = storm.into_iter().flatten().collect();
    println!("{} sessions", writers.len());

    let causes = ["database or disk is full", "disk i/o error"];
    assert!(server.has_logged(&causes), "no cause in the log:\n{}", server.last_words());

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
    let server = site.start();
    site.database().check();
    for writer in writers.iter_mut().chain([&mut old]) {
        writer.visitor.go_to(&server);
        writer.check().await;
    }
}

/// A session that was there before.
async fn old_session(server: &Server) -> Writer {
    let mut old = Writer::new(Visitor::new(server));
    assert_eq!(old.visitor.get("/set").await.unwrap().status, 200);
    old.must_change().await;
    old
}

#[rocket::async_test]
async fn a_full_disk_refuses_changes_and_keeps_all_that_was_answered_until_there_is_space() {
    let Some(disk) = Disk::mount("size=8m") else {
        println!("not tested: mounting a small disk needs root");
        return;
    };
    let site = Site::at(disk.path());
    let server = site.start();
    let old = old_session(&server).await;
    let filler = disk.fill(3_000_000);
    survives_without_space(&site, server, old, |_| fs::remove_file(filler).unwrap()).await;
}

#[rocket::async_test]
async fn a_file_that_may_not_grow_refuses_changes_and_keeps_all_that_was_answered_until_it_may() {
    const BLOCKS: usize = 6000; // of 512 bytes
    // The soft limit, so that it can be lifted without root; ignored, because SQLite wants the error and not the
    // signal.
    let script = format!("trap '' XFSZ; ulimit -S -f {BLOCKS}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).args(SERVE).current_dir(PROJECT);

    let site = Site::new();
    let server = site.start_by(command);
    let old = old_session(&server).await;
    let lift = |server: &Server| {
        let arguments = ["--pid", &server.pid().to_string(), "--fsize=unlimited:"];
        assert!(Command::new("prlimit").args(arguments).status().unwrap().success());
    };
    survives_without_space(&site, server, old, lift).await;
}
