use std::collections::BTreeSet;

use rocket::form::{Form, FromForm};
use rocket::response::{Flash, Redirect};
use rocket::{Either, State, post};
use rocket_diesel_sessions::{Filter, Handle};
use rocket_dyn_templates::context;

use super::sessions::rows;
use crate::accounts::Accounts;
use crate::audit::{Action, Entry};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::guard::StaffUser;
use crate::page::Page;
use crate::users;

#[derive(FromForm)]
pub(super) struct End<'r> {
    /// The selected sessions.
    handle: Vec<&'r str>,
    /// All sessions of this owner.
    owner: Option<&'r str>,
    /// The person has seen what will be ended.
    #[field(default = false)]
    confirmed: bool,
}

type Response = Either<Flash<Redirect>, Page>;

/// Ends sessions, after a page that asks.
#[post("/sessions", data = "<form>")]
pub(super) async fn end(
    form: Form<End<'_>>,
    user: StaffUser,
    accounts: &State<Accounts>,
    client: Client,
) -> Result<Response> {
    if !accounts.lists_sessions() {
        return Err(Error::NotFound); // there are no sessions on the server
    }
    let entry = |action| Entry::new(action, accounts.now()).by(user.name()).from(client.address);
    match form.owner {
        Some(owner) if users::has_nul(owner) => Err(Error::NotFound),
        Some(owner) => end_all(owner, form.confirmed, &user, accounts, entry(Action::SessionsEnded)).await,
        None => {
            let handles: Result<BTreeSet<Handle>, _> = form.handle.iter().map(|handle| handle.parse()).collect();
            let handles = handles.map_err(|_| Error::NotFound)?;
            end_selected(handles, form.confirmed, &user, accounts, || entry(Action::SessionEnded)).await
        }
    }
}

async fn end_selected(
    handles: BTreeSet<Handle>,
    confirmed: bool,
    user: &StaffUser,
    accounts: &Accounts,
    entry: impl Fn() -> Entry,
) -> Result<Response> {
    if handles.is_empty() {
        return Ok(done("Select a session first."));
    }
    if !confirmed {
        let mut found = Vec::new();
        for handle in &handles {
            found.extend(accounts.sessions().get(handle).await?);
        }
        let rows = rows(accounts, &found).await?;
        return Ok(Either::Right(Page::new("admin/end_sessions", context! { rows }).user(user)));
    }
    let mut ended = 0;
    for handle in &handles {
        if accounts.sessions().end(handle).await? {
            ended += 1;
            accounts.log(entry().on(handle.short())).await?;
        }
    }
    Ok(done(&format!("Sessions that have ended: {ended}.")))
}

async fn end_all(
    owner: &str,
    confirmed: bool,
    user: &StaffUser,
    accounts: &Accounts,
    entry: Entry,
) -> Result<Response> {
    let id = owner.to_owned();
    let name = accounts.read(move |conn| users::by_id(conn, &id)).await?.map_or(owner.to_owned(), |user| user.name);
    if !confirmed {
        let count = accounts.sessions().count_matching(&Filter::all().of_owner(owner)).await?;
        return Ok(Either::Right(Page::new("admin/end_sessions", context! { owner, name, count }).user(user)));
    }
    let ended = accounts.sessions().revoke_all(owner).await?;
    if ended > 0 {
        accounts.log(entry.on(&name).detail(format!("{ended} sessions"))).await?;
    }
    Ok(done(&format!("Sessions that have ended: {ended}.")))
}

fn done(message: &str) -> Response {
    Either::Left(Flash::success(Redirect::to("/admin/sessions/"), message))
}
