use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs};

use crate::document::Document;
use crate::report::Report;
use crate::{Result, Wrong};

/// The README and all under `docs/`.
pub struct Book {
    pub folder: PathBuf,
    /// Relative to the folder, sorted.
    pub paths: Vec<PathBuf>,
    aim: Aim,
    /// Tests run at the same time, and each may want to write.
    _turn: MutexGuard<'static, ()>,
}

/// What is done about what differs.
#[derive(Clone, Copy, PartialEq)]
enum Aim {
    Report,
    /// It is written into the text.
    Overwrite,
    /// All that is seen is written into the text, so that its keys and dates are those of one run.
    Refresh,
}

static TURN: Mutex<()> = Mutex::new(());

const CHAPTERS: &str = "docs/tutorial";

impl Book {
    pub fn open() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner); // the other test's failure is not this one's
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut paths = vec![PathBuf::from("README.md")];
        collect(&folder, Path::new("docs"), &mut paths);
        let aim = match env::var("TUTORIAL").as_deref() {
            Err(_) => Aim::Report,
            Ok("overwrite") => Aim::Overwrite,
            Ok("refresh") => Aim::Refresh,
            Ok(other) => panic!("TUTORIAL={other} is none of overwrite and refresh"),
        };
        Self { folder, paths, aim, _turn: turn }
    }

    /// Whether the text keeps what is right but for the run that it comes from.
    pub fn keeps_values(&self) -> bool {
        self.aim != Aim::Refresh
    }

    /// In the order in which they are read: those whose name begins with a number.
    pub fn chapters(&self) -> Vec<&Path> {
        let mut chapters: Vec<(u32, &Path)> =
            self.paths.iter().filter_map(|path| Some((number(path)?, path.as_path()))).collect();
        chapters.sort();
        chapters.into_iter().map(|(_, path)| path).collect()
    }

    pub fn document(&self, path: &Path) -> Result<Document> {
        Ok(Document::parse(path, &fs::read_to_string(self.folder.join(path))?))
    }

    pub fn check(&self, look: impl Fn(&Path, &Document, &mut Report) -> Result) -> Result {
        self.edit_each(self.paths.iter().map(PathBuf::as_path), |document, report| look(&self.folder, document, report))
    }

    /// Goes through documents, and then says all that is wrong in them.
    pub fn edit_each<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a Path>,
        mut look: impl FnMut(&Document, &mut Report) -> Result,
    ) -> Result {
        let looked = paths.into_iter().map(|path| self.edit(path, &mut look));
        let wrong: Vec<String> = looked.filter_map(|looked| looked.err()).map(|Wrong(what)| what).collect();
        if wrong.is_empty() { Ok(()) } else { Err(Wrong(wrong.join("\n"))) }
    }

    /// Looks at a document. What is different in it is the error, unless it was to be written.
    fn edit(&self, path: &Path, look: impl FnOnce(&Document, &mut Report) -> Result) -> Result {
        let document = self.document(path)?;
        let mut report = Report::of(path);
        let looked = look(&document, &mut report);
        if self.aim != Aim::Report {
            let path = self.folder.join(path);
            fs::write(&path, report.mend(&fs::read_to_string(&path)?))?;
        }
        report.finish(looked)
    }
}

fn collect(root: &Path, folder: &Path, paths: &mut Vec<PathBuf>) {
    let mut names: Vec<_> = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    for name in names {
        let path = folder.join(name);
        if root.join(&path).is_dir() {
            collect(root, &path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

fn number(path: &Path) -> Option<u32> {
    let name = path.strip_prefix(CHAPTERS).ok()?.to_str()?;
    name.split_once('-')?.0.parse().ok()
}
