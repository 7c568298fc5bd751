use rocket::{State, get};
use rocket_diesel_sessions::{Engine, Filter, Handle, Page as Pages};
use rocket_dyn_templates::context;

use super::masked::masked;
use super::sessions::rows;
use crate::accounts::{Accounts, DEVICE};
use crate::error::{Error, Result};
use crate::guard::StaffUser;
use crate::page::Page;

#[get("/sessions/<handle>")]
pub(super) async fn show(user: StaffUser, accounts: &State<Accounts>, handle: Handle) -> Result<Page> {
    let sessions = accounts.sessions();
    if sessions.settings().engine == Engine::Cookie {
        return Err(Error::NotFound);
    }
    let filter = Filter::all().handle_prefix(handle.as_str());
    let found = sessions.find(&filter, Pages::first()).await?.sessions;
    let row = rows(accounts, &found).await?.pop().ok_or(Error::NotFound)?;
    let record = &found[0].record;
    let data = serde_json::to_string_pretty(&masked(&record.data)).expect("a map of JSON values is JSON");
    let user_agent = record.login_values.get(DEVICE).and_then(|device| device.as_str());
    let (version, expiry) = (record.version, record.encode_expiry());
    Ok(Page::new("admin/session", context! { row, data, user_agent, version, expiry }).user(&user))
}
