use std::error::Error;

use diesel_migrations::EmbeddedMigrations;

use super::progress::progress_bar;
use crate::db::{self, Config, Database};
use crate::launch::{all_pending, migrate};

/// The command `copy`. Returns what it prints.
pub(super) fn copy(from: &str, to: &str, migrations: &EmbeddedMigrations) -> Result<String, Box<dyn Error>> {
    let (from, to) = (Config::new(from), Config::new(to));
    if from.is_missing() {
        return Err(format!("there is no database {}", from.url).into());
    }
    if from.is_postgres() || !to.is_postgres() {
        return Err("--from has to be the path of a file, and --to a URL that begins with postgres://".into());
    }
    let pending = all_pending(&Database::connect(&from)?, [migrations])?;
    if !pending.is_empty() {
        return Err(format!(
            "the database {0} is not migrated, pending: {1}. Type `ROCKET_DATABASES='{{sessions={{url=\"{0}\"}}}}' \
             cargo run -- migrate`",
            from.shown_url(),
            pending.join(", ")
        )
        .into());
    }
    migrate(&Database::connect(&to)?, [migrations])?;
    let bar = progress_bar("rows");
    let copied = db::copy(&from, &to, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let tables: Vec<String> = copied?.iter().map(|copied| format!("{} {}", copied.rows, copied.table)).collect();
    let (from, to) = (from.shown_url(), to.shown_url());
    Ok(format!("Copied from {from} to {to}, and counted there: {}.", tables.join(", ")))
}
