use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use procfs::process::Process;
use tempfile::TempDir;

use crate::Outcome;
use crate::figures::median;
use crate::options::Options;

/// Where this run's databases are. They are gone with this value.
#[derive(Debug)]
pub struct Folder {
    temporary: TempDir,
    /// Where seeded databases are kept for the next run, if the caller named a folder.
    pub kept: Option<PathBuf>,
}

impl Folder {
    pub fn make(options: &Options) -> Outcome<Self> {
        let above = parent(options);
        fs::create_dir_all(&above)?;
        let temporary = tempfile::Builder::new().prefix("sessions-bench-").tempdir_in(above)?;
        Ok(Self { temporary, kept: options.folder.clone() })
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.temporary.path().join(file)
    }
}

/// The folder that the options name.
pub fn parent(options: &Options) -> PathBuf {
    options.folder.clone().unwrap_or_else(env::temp_dir)
}

/// Which file system a folder is on: `ext4 on /dev/sda1`.
pub fn file_system(folder: &Path) -> Outcome<String> {
    let folder = folder.canonicalize()?;
    let mounts = Process::myself()?.mountinfo()?;
    let of_folder = mounts.into_iter().filter(|mount| folder.starts_with(&mount.mount_point));
    // Of mounts one upon the other, the last one counts.
    let mount = of_folder.max_by_key(|mount| mount.mount_point.components().count()).ok_or("no file system has it")?;
    let source = mount.mount_source.filter(|source| source.starts_with('/')).map(|source| format!(" on {source}"));
    Ok(format!("{}{}", mount.fs_type, source.unwrap_or_default()))
}

/// The median time, in milliseconds, until the disk has 4 KiB: what every durable commit waits for at the least.
pub fn probe(folder: &Folder) -> Outcome<f64> {
    const TIMES: u64 = 200;

    let file = File::create(folder.path("probe"))?;
    let page = [0x5a; 4096];
    let mut times = Vec::new();
    for place in 0..TIMES {
        let started = Instant::now();
        file.write_all_at(&page, place * page.len() as u64)?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    fs::remove_file(folder.path("probe"))?;
    Ok(median(times))
}
