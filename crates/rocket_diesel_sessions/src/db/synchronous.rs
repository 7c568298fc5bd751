use rocket::serde::Deserialize;

/// How long a commit waits for the disk: SQLite's `PRAGMA synchronous`. In Rocket.toml: `"full"` or `"normal"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(crate = "rocket::serde", rename_all = "lowercase")]
pub enum Synchronous {
    /// Until the data is on the disk. A committed change survives a power failure.
    #[default]
    Full,
    /// Until the operating system has the data. A committed change survives the end of the program, even by `kill -9`.
    /// A power failure or a crash of the operating system undoes all changes since the last checkpoint. If little is
    /// written, these are the changes of hours, and sessions that were ended in that time are valid again. The database
    /// file is not damaged.
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
