use rocket::serde::Deserialize;

/// How long a commit waits for the disk (SQLite's `PRAGMA synchronous`).
///
/// ```
/// use rocket_diesel_sessions::db::{Config, Synchronous};
///
/// assert_eq!(Config::new("db.sqlite3").synchronous, Synchronous::Full);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(crate = "rocket::serde", rename_all = "lowercase")]
pub enum Synchronous {
    /// Until the disk has it: what was answered survives a power cut.
    #[default]
    Full,
    /// Until the operating system has it. What was answered survives the end of the program, `kill -9` too; a power cut
    /// or a crash of the operating system takes the changes since the last checkpoint, hours of them where little is
    /// written: sessions that were ended since are back. The database stays whole.
    Normal,
}

impl Synchronous {
    pub(super) fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}
