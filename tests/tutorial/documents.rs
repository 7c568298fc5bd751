use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs};

use walkdir::WalkDir;

use crate::document::Document;
use crate::report::Report;

/// The README and all Markdown files under `docs/`.
pub struct Documents {
    /// The project's folder.
    pub folder: PathBuf,
    /// Relative to the project's folder.
    pub paths: Vec<PathBuf>,
    overwrite: bool,
    /// Tests run in parallel, and each of them may write to the documents.
    _lock: MutexGuard<'static, ()>,
}

static LOCK: Mutex<()> = Mutex::new(());

const CHAPTERS: &str = "docs/tutorial";

const ADVICE: &str = "To correct the text: TUTORIAL=overwrite cargo test --test tutorial -- --include-ignored";

impl Documents {
    /// Finds the documents, and reads the environment variable `TUTORIAL`. Waits until no other test uses the documents.
    pub fn open() -> Self {
        let lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner); // another test may have failed
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut paths = vec![PathBuf::from("README.md")];
        for entry in WalkDir::new(folder.join("docs")).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path.strip_prefix(&folder).unwrap().to_owned());
            }
        }
        let overwrite = match env::var("TUTORIAL").as_deref() {
            Err(_) => false,
            Ok("overwrite") => true,
            Ok(other) => panic!("TUTORIAL is {other}, but it must be overwrite"),
        };
        Self { folder, paths, overwrite, _lock: lock }
    }

    /// Returns the tutorial's pages whose file name begins with a number, sorted by this number.
    pub fn chapters(&self) -> Vec<PathBuf> {
        let number = |path: &Path| path.strip_prefix(CHAPTERS).ok()?.to_str()?.split_once('-')?.0.parse::<u32>().ok();
        let chapters = self.paths.iter().filter_map(|path| Some((number(path)?, path.clone())));
        chapters.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    pub fn read_all(&self) -> BTreeMap<PathBuf, Document> {
        self.paths.iter().map(|path| (path.clone(), Document::parse(&self.read(path)))).collect()
    }

    /// Calls `check` for each of these documents. Panics if there are problems, and shows those of all documents.
    pub fn check(&self, paths: &[PathBuf], mut check: impl FnMut(&Document, &mut Report)) {
        let mut problems = String::new();
        for path in paths {
            println!("{}", path.display());
            let text = self.read(path);
            let mut report = Report::new(self.overwrite);
            check(&Document::parse(&text), &mut report);
            if self.overwrite {
                fs::write(self.folder.join(path), report.corrected(&text)).unwrap();
            }
            problems += &report.problems(path);
        }
        assert!(problems.is_empty(), "\n{problems}{ADVICE}");
    }

    fn read(&self, path: &Path) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }
}
