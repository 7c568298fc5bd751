use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use procfs::process::Process;
use tempfile::TempDir;

use crate::error::Result;
use crate::options::Options;
use crate::statistics::median;

/// The temporary folder for one run's databases. It is deleted when this value is dropped.
#[derive(Debug)]
pub struct RunFolder {
    temporary: TempDir,
    /// The folder that keeps generated databases for the next run, if the user named one.
    pub cache: Option<PathBuf>,
}

impl RunFolder {
    /// Creates a temporary folder in [`parent_folder`].
    pub fn create(options: &Options) -> Result<Self> {
        let parent = parent_folder(options);
        fs::create_dir_all(&parent)?;
        let temporary = tempfile::Builder::new().prefix("sessions-bench-").tempdir_in(parent)?;
        Ok(Self { temporary, cache: options.folder.clone() })
    }

    /// Returns the path of a file in the folder.
    pub fn path(&self, file: &str) -> PathBuf {
        self.temporary.path().join(file)
    }
}

/// Returns the folder that the options name, or the system's temporary folder.
pub fn parent_folder(options: &Options) -> PathBuf {
    options.folder.clone().unwrap_or_else(env::temp_dir)
}

/// Returns the file system that a folder is on, for example `ext4 on /dev/sda1`.
pub fn file_system(folder: &Path) -> Result<String> {
    let folder = folder.canonicalize()?;
    let mounts = Process::myself()?.mountinfo()?;
    let of_folder = mounts.into_iter().filter(|mount| folder.starts_with(&mount.mount_point));
    // If several file systems are mounted at the same place, the last one is visible.
    let mount = of_folder
        .max_by_key(|mount| mount.mount_point.components().count())
        .ok_or("no file system contains the folder")?;
    let source = mount.mount_source.filter(|source| source.starts_with('/')).map(|source| format!(" on {source}"));
    Ok(format!("{}{}", mount.fs_type, source.unwrap_or_default()))
}

/// Measures how long a durable write of 4 KiB takes, and returns the median in milliseconds. A durable commit cannot
/// be faster than this.
pub fn write_latency(folder: &RunFolder) -> Result<f64> {
    const WRITES: u64 = 200;

    let file = File::create(folder.path("probe"))?;
    let page = [0x5a; 4096];
    let mut times = Vec::new();
    for index in 0..WRITES {
        let started = Instant::now();
        file.write_all_at(&page, index * page.len() as u64)?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    fs::remove_file(folder.path("probe"))?;
    Ok(median(times))
}
