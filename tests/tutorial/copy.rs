use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::{Result, Wrong};

/// The project as a fresh clone has it, with what is not committed yet, for the reader to change.
///
/// It always stands in the same place, and a file that is what it was is not written again: cargo builds no more than
/// has changed since the last run.
pub struct Copy {
    pub project: PathBuf,
    /// For the programs that are built from it.
    pub target: PathBuf,
    /// Held until the end: another run would write into the same place.
    _lock: File,
}

impl Copy {
    pub fn of(project: &Path) -> Result<Self> {
        let name = project.file_name().ok_or("the project has no folder")?;
        Self::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("reader").join(name), project)
    }

    fn at(folder: PathBuf, project: &Path) -> Result<Self> {
        let copy = folder.join("project");
        fs::create_dir_all(&copy)?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;

        let files = files(project)?;
        remove_others(&copy, Path::new(""), &files)?;
        for path in &files {
            let (from, to) = (project.join(path), copy.join(path));
            fs::create_dir_all(to.parent().expect("it is in the copy"))?;
            if fs::read(&to).ok() != Some(fs::read(&from)?) {
                fs::copy(&from, &to)?;
            }
        }
        Ok(Self { project: copy, target: folder.join("target"), _lock: lock })
    }

    /// The file of that name in a chapter.
    pub fn file(&self, path: &str) -> Result<PathBuf> {
        let path = Path::new(path);
        match path.components().all(|part| matches!(part, Component::Normal(_))) {
            true => Ok(self.project.join(path)),
            false => Err(Wrong(format!("{} is no file of the project", path.display()))),
        }
    }
}

/// Those in git, and those that would be with `git add .`.
fn files(project: &Path) -> Result<BTreeSet<PathBuf>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(arguments).current_dir(project).output()?;
    if !output.status.success() {
        return Err(Wrong(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr))));
    }
    let paths = String::from_utf8(output.stdout)?;
    Ok(paths.split_terminator('\0').map(PathBuf::from).filter(|path| project.join(path).is_file()).collect())
}

fn remove_others(copy: &Path, folder: &Path, files: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(copy.join(folder))? {
        let path = folder.join(entry?.file_name());
        let in_copy = copy.join(&path);
        if in_copy.is_dir() {
            remove_others(copy, &path, files)?;
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

    /// A project with a file that is committed nowhere, and one that git ignores.
    fn project() -> Result<TempDir> {
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
    fn a_copy_has_what_is_not_committed_yet_and_nothing_that_git_ignores() -> Result {
        let (project, folder) = (project()?, TempDir::new()?);
        let copy = Copy::at(folder.path().to_owned(), project.path())?;
        assert_eq!(fs::read_to_string(copy.file("src/main.rs")?)?, "main");
        assert!(!copy.file("db.sqlite3")?.exists());
        Ok(())
    }

    #[test]
    #[ignore = "needs git"]
    fn nothing_of_what_a_reader_did_is_left_in_the_next_copy() -> Result {
        let (project, folder) = (project()?, TempDir::new()?);
        let copy = Copy::at(folder.path().to_owned(), project.path())?;
        fs::write(copy.file("src/main.rs")?, "changed")?;
        fs::write(copy.file("src/new.rs")?, "new")?;
        fs::write(copy.file("db.sqlite3")?, "rows")?;
        drop(copy);

        let copy = Copy::at(folder.path().to_owned(), project.path())?;
        assert_eq!(fs::read_to_string(copy.file("src/main.rs")?)?, "main");
        assert!(!copy.file("src/new.rs")?.exists() && !copy.file("db.sqlite3")?.exists());
        Ok(())
    }

    #[test]
    #[ignore = "needs git"]
    fn a_file_that_nobody_changed_is_as_old_as_it_was() -> Result {
        let (project, folder) = (project()?, TempDir::new()?);
        let copy = Copy::at(folder.path().to_owned(), project.path())?;
        File::open(copy.file("src/main.rs")?)?.set_modified(std::time::UNIX_EPOCH)?;
        drop(copy);
        let copy = Copy::at(folder.path().to_owned(), project.path())?;
        assert_eq!(copy.file("src/main.rs")?.metadata()?.modified()?, std::time::UNIX_EPOCH);
        Ok(())
    }

    #[test]
    #[ignore = "needs git"]
    fn a_chapter_writes_into_the_copy_alone() -> Result {
        let (project, folder) = (project()?, TempDir::new()?);
        let copy = Copy::at(folder.path().to_owned(), project.path())?;
        assert!(copy.file("../x").is_err() && copy.file("/etc/passwd").is_err());
        Ok(())
    }
}
