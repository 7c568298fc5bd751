use std::slice;

use rocket::{State, get};
use rocket_diesel_sessions::Handle;
use rocket_dyn_templates::context;

use super::masked::masked;
use super::sessions::rows;
use crate::accounts::Accounts;
use crate::client::user_agent;
use crate::error::{Error, Result};
use crate::guard::StaffUser;
use crate::page::Page;

#[get("/sessions/<handle>")]
pub(super) async fn show(user: StaffUser, accounts: &State<Accounts>, handle: &str) -> Result<Page> {
    let handle: Handle = handle.parse().map_err(|_| Error::NotFound)?;
    if !accounts.lists_sessions() {
        return Err(Error::NotFound);
    }
    let listed = accounts.sessions().get(&handle).await?.ok_or(Error::NotFound)?;
    let row = rows(accounts, slice::from_ref(&listed)).await?.pop();
    let record = &listed.record;
    let data = serde_json::to_string_pretty(&masked(&record.data)).expect("a map of JSON values is JSON");
    let user_agent = user_agent(record);
    let (version, expiry) = (record.version, record.encode_expiry());
    Ok(Page::new("admin/session", context! { row, data, user_agent, version, expiry }).user(&user))
}
