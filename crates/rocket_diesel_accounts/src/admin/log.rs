use rocket::{State, get};
use rocket_dyn_templates::context;
use time::OffsetDateTime;

use super::list::{PAGE_SIZE, link};
use crate::accounts::Accounts;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::guard::StaffUser;
use crate::page::Page;
use crate::users;

#[get("/log?<after>")]
pub(super) async fn list(user: StaffUser, accounts: &State<Accounts>, after: Option<&str>) -> Result<Page> {
    let after = after.map(|after| position(after).ok_or(Error::NotFound)).transpose()?;
    let is_first = after.is_none();
    let mut entries = accounts.read(move |conn| audit::list(conn, after.as_ref(), PAGE_SIZE as i64 + 1)).await?;
    let older = (entries.len() > PAGE_SIZE).then(|| {
        entries.truncate(PAGE_SIZE);
        entries.last().map(|entry| link("/admin/log/", &[("after", &after_entry(entry))]))
    });
    Ok(Page::new("admin/log", context! { entries, older, is_first }).user(&user))
}

/// Returns the place after an entry, for a link.
fn after_entry(entry: &Entry) -> String {
    format!("{}.{}", entry.at.assume_utc().unix_timestamp(), entry.id)
}

fn position(text: &str) -> Option<(OffsetDateTime, String)> {
    let (seconds, id) = text.split_once('.')?;
    let at = OffsetDateTime::from_unix_timestamp(seconds.parse().ok()?).ok()?;
    (!users::has_nul(id)).then(|| (at, id.to_owned()))
}
