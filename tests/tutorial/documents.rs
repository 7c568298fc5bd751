use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs};

use crate::document::Document;
use crate::report::Report;
use crate::{Error, Result};

/// The README and all Markdown files under `docs/`.
pub struct Documents {
    /// The project's folder.
    pub folder: PathBuf,
    /// Relative to the project's folder. The README is first, and the others are sorted.
    pub paths: Vec<PathBuf>,
    mode: Mode,
    /// Tests run in parallel, and each of them may write to the documents.
    _lock: MutexGuard<'static, ()>,
}

/// What happens to the differences between the text and the run.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// They are reported as errors.
    Report,
    /// They are written into the text.
    Overwrite,
    /// The whole output is written into the text, so that all keys and dates come from the same run.
    Refresh,
}

static LOCK: Mutex<()> = Mutex::new(());

const CHAPTERS: &str = "docs/tutorial";

impl Documents {
    /// Finds the documents and reads the mode from the environment variable `TUTORIAL`. Waits until no other test uses
    /// the documents.
    pub fn open() -> Self {
        // A panic in another test must not fail this one.
        let lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut paths = vec![PathBuf::from("README.md")];
        collect_markdown_files(&folder, Path::new("docs"), &mut paths);
        let mode = match env::var("TUTORIAL").as_deref() {
            Err(_) => Mode::Report,
            Ok("overwrite") => Mode::Overwrite,
            Ok("refresh") => Mode::Refresh,
            Ok(other) => panic!("TUTORIAL is {other}, but it must be overwrite or refresh"),
        };
        Self { folder, paths, mode, _lock: lock }
    }

    /// Returns whether the text keeps its lines that differ from the run only in values such as keys and dates.
    pub fn keeps_values(&self) -> bool {
        self.mode != Mode::Refresh
    }

    /// Returns the tutorial's pages whose file name begins with a number, sorted by this number.
    pub fn chapters(&self) -> Vec<&Path> {
        let mut chapters: Vec<(u32, &Path)> =
            self.paths.iter().filter_map(|path| Some((chapter_number(path)?, path.as_path()))).collect();
        chapters.sort();
        chapters.into_iter().map(|(_, path)| path).collect()
    }

    pub fn read(&self, path: &Path) -> Result<Document> {
        Ok(Document::parse(path, &fs::read_to_string(self.folder.join(path))?))
    }

    /// Calls `check` for each document. Its first argument is the project's folder.
    pub fn check_all(&self, check: impl Fn(&Path, &Document, &mut Report) -> Result) -> Result {
        let paths = self.paths.iter().map(PathBuf::as_path);
        self.check_each(paths, |document, report| check(&self.folder, document, report))
    }

    /// Calls `check` for each of these documents. The error lists the problems of all of them.
    pub fn check_each<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a Path>,
        mut check: impl FnMut(&Document, &mut Report) -> Result,
    ) -> Result {
        let results = paths.into_iter().map(|path| self.check_one(path, &mut check));
        let errors: Vec<String> = results.filter_map(|result| result.err()).map(|Error(message)| message).collect();
        if errors.is_empty() { Ok(()) } else { Err(Error(errors.join("\n"))) }
    }

    /// Calls `check` for a document. Writes the differences into the document, or returns them as an error.
    fn check_one(&self, path: &Path, check: impl FnOnce(&Document, &mut Report) -> Result) -> Result {
        let document = self.read(path)?;
        let mut report = Report::new(path);
        let result = check(&document, &mut report);
        if self.mode != Mode::Report {
            let path = self.folder.join(path);
            fs::write(&path, report.apply_edits(&fs::read_to_string(&path)?))?;
        }
        report.into_result(result)
    }
}

fn collect_markdown_files(root: &Path, folder: &Path, paths: &mut Vec<PathBuf>) {
    let mut names: Vec<_> = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    for name in names {
        let path = folder.join(name);
        if root.join(&path).is_dir() {
            collect_markdown_files(root, &path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

fn chapter_number(path: &Path) -> Option<u32> {
    let name = path.strip_prefix(CHAPTERS).ok()?.to_str()?;
    name.split_once('-')?.0.parse().ok()
}
