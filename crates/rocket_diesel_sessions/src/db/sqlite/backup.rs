use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

use super::file::create_new_private;
use crate::db::connection::{DbConnection, as_sqlite};
use crate::db::error::Error;

/// Copies the database into a new file. Returns its size in bytes.
///
/// `VACUUM INTO` reads in one transaction, so the copy is the database of one moment, and the writer goes on. The backup API
/// of SQLite would begin again after each commit of another program.
///
/// The file gets its contents at once, when they are on the disk. Until then, it is empty: nobody can take a part of a
/// backup for a whole one, even if the program is killed.
pub(super) fn back_up(conn: &mut DbConnection, file: &Path) -> Result<u64, Error> {
    let reserved = NewFile::create(file)?;
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = NewFile::create(Path::new(&part))?;
    let path = part.absolute.to_str().ok_or_else(|| failed(file, "its path is not UTF-8"))?;
    sql_query("VACUUM INTO ?").bind::<Text, _>(path).execute(as_sqlite(conn))?;
    let size = part.save(reserved).map_err(|error| failed(file, error))?;
    Ok(size)
}

/// A file that did not exist before. It is removed when this is dropped, unless it is finished.
struct NewFile {
    file: File,
    absolute: PathBuf,
    is_finished: bool,
}

impl NewFile {
    fn create(path: &Path) -> Result<Self, Error> {
        let refused = |error: io::Error| match error.kind() {
            ErrorKind::AlreadyExists => failed(path, "this file exists, and a backup overwrites nothing"),
            ErrorKind::NotFound => failed(path, "there is no such folder"),
            _ => failed(path, error),
        };
        let file = create_new_private(path).map_err(refused)?;
        let absolute = path.canonicalize().map_err(refused)?;
        Ok(Self { file, absolute, is_finished: false })
    }

    /// Puts this file in the place of another one, when its contents are on the disk. Returns the size.
    fn save(mut self, mut place: Self) -> io::Result<u64> {
        self.file.sync_all()?;
        fs::rename(&self.absolute, &place.absolute)?;
        (self.is_finished, place.is_finished) = (true, true);
        // The name is on the disk when the folder is. Windows opens no folder as a file.
        #[cfg(unix)]
        if let Some(folder) = place.absolute.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(self.file.metadata()?.len())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_finished {
            let _ = fs::remove_file(&self.absolute);
        }
    }
}

fn failed(file: &Path, reason: impl ToString) -> Error {
    Error::Backup { file: file.display().to_string(), reason: reason.to_string() }
}
