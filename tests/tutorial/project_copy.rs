use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;

use crate::Result;

/// A copy of the project that the reader can change. It has the files of a fresh clone and the uncommitted changes.
///
/// The copy is always in the same folder, and an unchanged file is not written again. So Cargo rebuilds only what has
/// changed since the last run.
pub struct ProjectCopy {
    /// The folder of the copy.
    pub project: PathBuf,
    /// The target folder for the programs that are built from the copy.
    pub target: PathBuf,
    /// Prevents another run from writing into the same folder at the same time.
    _lock: File,
}

impl ProjectCopy {
    /// Copies the project. Waits until no other run uses the copy.
    pub fn new(project: &Path) -> Result<Self> {
        let name = project.file_name().ok_or("the project has no folder")?;
        Self::create_in(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("reader").join(name), project)
    }

    fn create_in(folder: &Path, project: &Path) -> Result<Self> {
        let copy = folder.join("project");
        fs::create_dir_all(&copy)?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;

        // The files in Git, and those that `git add .` would add.
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let output = Command::new("git").args(arguments).current_dir(project).output()?;
        if !output.status.success() {
            return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let names = String::from_utf8(output.stdout)?;
        let files: BTreeSet<&Path> =
            names.split_terminator('\0').map(Path::new).filter(|file| project.join(file).is_file()).collect();

        for entry in WalkDir::new(&copy).contents_first(true) {
            let entry = entry?;
            if entry.file_type().is_dir() {
                let _ = fs::remove_dir(entry.path()); // fails if it is not empty
            } else if !files.contains(entry.path().strip_prefix(&copy)?) {
                fs::remove_file(entry.path())?;
            }
        }
        for file in files {
            let (from, to) = (project.join(file), copy.join(file));
            fs::create_dir_all(to.parent().ok_or("a file has no folder")?)?;
            if fs::read(&to).ok() != Some(fs::read(&from)?) {
                fs::copy(&from, &to)?;
            }
        }
        Ok(Self { project: copy, target: folder.join("target"), _lock: lock })
    }
}

#[test]
#[ignore = "needs git"]
fn each_copy_has_the_files_of_the_project_and_no_others() -> Result {
    let (project, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    assert!(Command::new("git").args(["init", "-q"]).current_dir(&project).status()?.success());
    for (path, text) in [(".gitignore", "/*.sqlite3\n"), ("a.rs", "a"), ("db.sqlite3", "rows")] {
        fs::write(project.path().join(path), text)?;
    }
    let copy = ProjectCopy::create_in(folder.path(), project.path())?.project;
    fs::write(copy.join("a.rs"), "changed")?;
    fs::create_dir(copy.join("new"))?;
    fs::write(copy.join("new/db.sqlite3"), "rows")?;
    File::open(copy.join(".gitignore"))?.set_modified(UNIX_EPOCH)?;
    ProjectCopy::create_in(folder.path(), project.path())?;
    assert_eq!(fs::read_to_string(copy.join("a.rs"))?, "a");
    assert!(!copy.join("new").exists() && !copy.join("db.sqlite3").exists());
    assert_eq!(copy.join(".gitignore").metadata()?.modified()?, UNIX_EPOCH, "it was not written again");
    Ok(())
}
