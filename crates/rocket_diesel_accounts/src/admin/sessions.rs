use std::collections::HashMap;

use rocket::form::FromForm;
use rocket::request::FlashMessage;
use rocket::serde::Serialize;
use rocket::{State, get};
use rocket_diesel_sessions::{Filter, Handle, Listed, Page as Pages};
use rocket_dyn_templates::context;

use super::list::{PAGE_SIZE, link};
use crate::accounts::Accounts;
use crate::client::{describe, user_agent};
use crate::error::{Error, Result};
use crate::guard::StaffUser;
use crate::page::Page;
use crate::timestamp::{in_words, text};
use crate::users;

/// A session, for the pages.
#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
pub(super) struct Row {
    handle: Handle,
    short: String,
    /// The name of the user, or the owner as the application has named them.
    owner: Option<String>,
    owner_id: Option<String>,
    /// The owner is a user of the accounts.
    is_user: bool,
    created_at: String,
    age: String,
    last_seen: Option<String>,
    expire_date: String,
    is_live: bool,
    /// Of the data, in bytes.
    size: usize,
    device: Option<String>,
}

impl Row {
    pub fn new(listed: &Listed, names: &HashMap<String, String>, accounts: &Accounts) -> Self {
        let Listed { handle, record, .. } = listed;
        let sessions = accounts.sessions();
        let name = record.owner.as_ref().and_then(|owner| names.get(owner));
        Self {
            handle: handle.clone(),
            short: handle.short().to_owned(),
            owner: name.or(record.owner.as_ref()).cloned(),
            owner_id: record.owner.clone(),
            is_user: name.is_some(),
            created_at: text(record.created_at),
            age: in_words(accounts.now() - record.created_at),
            last_seen: sessions.settings().last_saved(record).map(text),
            expire_date: text(record.expire_date),
            is_live: record.expire_date > accounts.now(),
            size: record.encode_data().len(),
            device: user_agent(record).map(describe),
        }
    }
}

/// Returns the sessions with the names of their owners.
pub(super) async fn rows(accounts: &Accounts, listed: &[Listed]) -> Result<Vec<Row>> {
    let owners: Vec<String> = listed.iter().filter_map(|listed| listed.record.owner.clone()).collect();
    let names = accounts.read(move |conn| users::names_of_ids(conn, &owners)).await?;
    Ok(listed.iter().map(|listed| Row::new(listed, &names, accounts)).collect())
}

#[derive(FromForm, Serialize)]
#[serde(crate = "rocket::serde")]
pub(super) struct Search<'r> {
    /// The name of an owner, or the beginning of a handle.
    #[field(default = "")]
    q: &'r str,
    /// `yes` or `no`.
    #[field(default = "")]
    signed_in: &'r str,
    /// `live` or `expired`.
    #[field(default = "")]
    state: &'r str,
    #[field(default = "")]
    after: &'r str,
}

#[get("/sessions?<search..>")]
pub(super) async fn list(
    user: StaffUser,
    accounts: &State<Accounts>,
    search: Search<'_>,
    flash: Option<FlashMessage<'_>>,
) -> Result<Page> {
    let sessions = accounts.sessions();
    if !accounts.lists_sessions() {
        return Ok(Page::new("admin/sessions", context! { search, is_listed: false }).user(&user));
    }
    let found = sessions.find(&filter(accounts, &search).await?, Pages::first().with_size(PAGE_SIZE)).await?;
    let rows = rows(accounts, &found.sessions).await?;
    let Search { q, signed_in, state, after } = search;
    let same = [("q", q), ("signed_in", signed_in), ("state", state)];
    let older = found.next.map(|next| {
        let next = next.to_string();
        link("/admin/sessions/", &[&same[..], &[("after", &next)]].concat())
    });
    let newest = (!after.is_empty()).then(|| link("/admin/sessions/", &same));
    let page = Page::new("admin/sessions", context! { search, rows, older, newest, is_listed: true });
    Ok(page.user(&user).message(flash))
}

async fn filter(accounts: &Accounts, search: &Search<'_>) -> Result<Filter> {
    /// With a rare condition, a page looks at so many sessions. The next page goes on from there.
    const LOOKED_AT: usize = 500;
    /// A shorter text is no handle. Pages show eight digits.
    const SHORTEST_HANDLE: usize = 8;

    let mut filter = Filter::all();
    let q = search.q.trim();
    if q.is_empty() {
        filter = filter.scan_limit(LOOKED_AT);
    } else {
        let mut owners = owners(accounts, q).await?;
        let is_hex = q.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        filter = match owners.is_empty() && is_hex && q.len() >= SHORTEST_HANDLE {
            true => filter.handle_prefix(q),
            false => {
                owners.extend((!users::has_nul(q)).then(|| q.to_owned())); // an owner that the application has named
                filter.of_owners(owners)
            }
        };
    }
    if let Some(signed_in) = choice(search.signed_in, "yes", "no")? {
        filter = filter.signed_in(signed_in);
    }
    if let Some(alive) = choice(search.state, "live", "expired")? {
        filter = filter.alive(alive);
    }
    if !search.after.is_empty() {
        filter = filter.after(search.after.parse().map_err(|_| Error::NotFound)?);
    }
    Ok(filter)
}

/// Returns the id of the user who has this one, or those of the users whose names contain the text.
async fn owners(accounts: &Accounts, text: &str) -> Result<Vec<String>> {
    const MOST: i64 = 100;

    let text = text.to_owned();
    let found = accounts.read(move |conn| match users::by_id(conn, &text)? {
        Some(user) => Ok(vec![user]),
        None => users::search(conn, &text, MOST),
    });
    Ok(found.await?.into_iter().map(|user| user.id).collect())
}

fn choice(value: &str, yes: &str, no: &str) -> Result<Option<bool>> {
    match value {
        "" => Ok(None),
        value if value == yes => Ok(Some(true)),
        value if value == no => Ok(Some(false)),
        _ => Err(Error::NotFound),
    }
}
