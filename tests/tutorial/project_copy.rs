use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::{Error, Result};

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
        Self::create_in(Path::new(env!("CARGO_TARGET_TMPDIR")).join("reader").join(name), project)
    }

    fn create_in(folder: PathBuf, project: &Path) -> Result<Self> {
        let copy = folder.join("project");
        fs::create_dir_all(&copy)?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;

        let files = project_files(project)?;
        remove_other_files(&copy, Path::new(""), &files)?;
        for path in &files {
            let (from, to) = (project.join(path), copy.join(path));
            fs::create_dir_all(to.parent().expect("a file of the copy has a parent folder"))?;
            if fs::read(&to).ok() != Some(fs::read(&from)?) {
                fs::copy(&from, &to)?;
            }
        }
        Ok(Self { project: copy, target: folder.join("target"), _lock: lock })
    }

    /// Returns the path of a file in the copy. Returns an error if the path leads out of the copy.
    pub fn file(&self, path: &str) -> Result<PathBuf> {
        let path = Path::new(path);
        match path.components().all(|part| matches!(part, Component::Normal(_))) {
            true => Ok(self.project.join(path)),
            false => Err(Error(format!("{} is not a file of the project", path.display()))),
        }
    }
}

/// Returns the files that are in Git or that `git add .` would add, relative to the project's folder.
fn project_files(project: &Path) -> Result<BTreeSet<PathBuf>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(arguments).current_dir(project).output()?;
    if !output.status.success() {
        return Err(Error(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr))));
    }
    let paths = String::from_utf8(output.stdout)?;
    Ok(paths.split_terminator('\0').map(PathBuf::from).filter(|path| project.join(path).is_file()).collect())
}

/// Removes all files in a folder of the copy that are not in `files`.
fn remove_other_files(copy: &Path, folder: &Path, files: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(copy.join(folder))? {
        let path = folder.join(entry?.file_name());
        let in_copy = copy.join(&path);
        if in_copy.is_dir() {
            remove_other_files(copy, &path, files)?;
        } else if !files.contains(&path) {
            fs::remove_file(in_copy)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// Creates a project with uncommitted files and a file that Git ignores.
    fn create_project() -> Result<TempDir> {
        let project = TempDir::new()?;
        assert!(Command::new("git").args(["init", "-q"]).current_dir(&project).status()?.success());
        fs::create_dir(project.path().join("src"))?;
        for (path, text) in [(".gitignore", "/*.sqlite3\n"), ("src/main.rs", "main"), ("db.sqlite3", "rows")] {
            fs::write(project.path().join(path), text)?;
        }
        Ok(project)
    }

    #[test]
    #[ignore = "needs git"]
    fn a_copy_has_uncommitted_files_but_no_ignored_ones() -> Result {
        let (project, folder) = (create_project()?, TempDir::new()?);
        let copy = ProjectCopy::create_in(folder.path().to_owned(), project.path())?;
        assert_eq!(fs::read_to_string(copy.file("src/main.rs")?)?, "main");
        assert!(!copy.file("db.sqlite3")?.exists());
        Ok(())
    }

    #[test]
    #[ignore = "needs git"]
    fn the_changes_in_a_copy_are_gone_in_the_next_copy() -> Result {
        let (project, folder) = (create_project()?, TempDir::new()?);
        let copy = ProjectCopy::create_in(folder.path().to_owned(), project.path())?;
        fs::write(copy.file("src/main.rs")?, "changed")?;
        fs::write(copy.file("src/new.rs")?, "new")?;
        fs::write(copy.file("db.sqlite3")?, "rows")?;
        drop(copy);

        let copy = ProjectCopy::create_in(folder.path().to_owned(), project.path())?;
        assert_eq!(fs::read_to_string(copy.file("src/main.rs")?)?, "main");
        assert!(!copy.file("src/new.rs")?.exists() && !copy.file("db.sqlite3")?.exists());
        Ok(())
    }

    #[test]
    #[ignore = "needs git"]
    fn an_unchanged_file_keeps_its_modification_time() -> Result {
        let (project, folder) = (create_project()?, TempDir::new()?);
        let copy = ProjectCopy::create_in(folder.path().to_owned(), project.path())?;
        File::open(copy.file("src/main.rs")?)?.set_modified(std::time::UNIX_EPOCH)?;
        drop(copy);
        let copy = ProjectCopy::create_in(folder.path().to_owned(), project.path())?;
        assert_eq!(copy.file("src/main.rs")?.metadata()?.modified()?, std::time::UNIX_EPOCH);
        Ok(())
    }

    #[test]
    #[ignore = "needs git"]
    fn a_path_cannot_lead_out_of_the_copy() -> Result {
        let (project, folder) = (create_project()?, TempDir::new()?);
        let copy = ProjectCopy::create_in(folder.path().to_owned(), project.path())?;
        assert!(copy.file("../x").is_err() && copy.file("/etc/passwd").is_err());
        Ok(())
    }
}
