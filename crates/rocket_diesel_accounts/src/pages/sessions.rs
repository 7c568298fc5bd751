use rocket::form::{Form, FromForm};
use rocket::request::FlashMessage;
use rocket::response::{Flash, Redirect};
use rocket::serde::Serialize;
use rocket::{Either, State, get, post};
use rocket_diesel_sessions::{ClearSiteData, Handle, Listed, Page as Pages, Session, Settings};
use rocket_dyn_templates::context;

use super::confirm::{Action as Asked, Confirmation, confirm};
use super::login::sign_out;
use crate::accounts::{Accounts, supported};
use crate::audit::{Action, Entry};
use crate::client::{Client, describe, user_agent};
use crate::error::{Error, Result};
use crate::next::HOME;
use crate::page::Page;
use crate::timestamp::text;
use crate::users::User;

/// One of the user's sessions, for the page.
#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
struct Device {
    handle: Handle,
    browser: String,
    first_seen: String,
    last_seen: Option<String>,
    is_this: bool,
}

impl Device {
    fn new(listed: &Listed, this: Option<&Handle>, settings: &Settings) -> Self {
        let Listed { handle, record, .. } = listed;
        Self {
            handle: handle.clone(),
            browser: describe(user_agent(record).unwrap_or_default()),
            first_seen: text(record.created_at),
            last_seen: settings.last_saved(record).map(text),
            is_this: this == Some(handle),
        }
    }
}

#[get("/sessions")]
pub(super) async fn list(
    user: User,
    session: Session<'_>,
    accounts: &State<Accounts>,
    flash: Option<FlashMessage<'_>>,
) -> Result<Page> {
    let (sessions, this) = (accounts.sessions(), session.handle());
    let is_listed = accounts.lists_sessions();
    let listed = match is_listed {
        true => sessions.of_owner(&user.id, Pages::first()).await?,
        false => Vec::new(),
    };
    let mut devices: Vec<Device> = listed
        .iter()
        .filter(|listed| user.is_owner_of(&listed.record))
        .map(|listed| Device::new(listed, this.as_ref(), sessions.settings()))
        .collect();
    devices.sort_by_key(|device| !device.is_this);
    Ok(Page::new("accounts/sessions", context! { devices, is_listed }).user(&user).message(flash))
}

#[derive(FromForm)]
pub(super) struct End<'r> {
    /// The handle of one session.
    end: Option<&'r str>,
    /// All but this one.
    #[field(default = false)]
    others: bool,
    password: Option<&'r str>,
}

/// Signed out, or ended, or the page that asks for the password.
type Response = Either<ClearSiteData<Flash<Redirect>>, Either<Flash<Redirect>, Page>>;

#[post("/sessions", data = "<form>")]
pub(super) async fn end(
    form: Form<End<'_>>,
    user: User,
    session: Session<'_>,
    accounts: &State<Accounts>,
    client: Client,
) -> Result<Response> {
    let sessions = accounts.sessions();
    let handle = match form.end {
        Some(handle) => Some(own(accounts, &user, handle).await?),
        None if form.others => None,
        None => return Err(Error::NotFound),
    };
    if handle.is_some() && handle == session.handle() {
        return sign_out(accounts, session, Some(user), client).await.map(Either::Left);
    }
    let (label, field) = match &handle {
        Some(handle) => ("End the session", ("end", handle.to_string())),
        None => ("End all other sessions", ("others", "true".to_owned())),
    };
    let asked = Asked { uri: HOME, label, fields: vec![field] };
    if let Confirmation::Missing(page) = confirm(accounts, &session, &user, &client, form.password, asked).await? {
        return Ok(Either::Right(Either::Right(*page)));
    }
    let (action, object, message) = match &handle {
        Some(handle) => {
            if !sessions.revoke(&user.id, handle).await? {
                return Err(Error::NotFound); // it has ended, or has another key by now
            }
            (Action::SessionEnded, handle.short().to_owned(), "The session has ended.".to_owned())
        }
        None => {
            let ended = supported(sessions.revoke_others(&session).await)?;
            (Action::SessionsEnded, user.name.clone(), format!("Other sessions that have ended: {ended}."))
        }
    };
    let entry = Entry::new(action, accounts.now()).by(&user.name).on(&object).from(client.address);
    accounts.log(entry).await?;
    Ok(Either::Right(Either::Left(Flash::success(Redirect::to(HOME), message))))
}

/// Returns the handle of one of the user's own sessions. That of somebody else's session does not exist for the user.
async fn own(accounts: &Accounts, user: &User, handle: &str) -> Result<Handle> {
    let handle: Handle = handle.parse().map_err(|_| Error::NotFound)?;
    if !accounts.lists_sessions() {
        return Err(Error::NotFound); // there is no list to look it up in
    }
    let found = accounts.sessions().get(&handle).await?;
    let is_own = found.is_some_and(|listed| listed.record.owner.as_deref() == Some(&user.id));
    is_own.then_some(handle).ok_or(Error::NotFound)
}
