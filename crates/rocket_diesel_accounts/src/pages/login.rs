use rocket::form::{Form, FromForm};
use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::request::FlashMessage;
use rocket::response::{Flash, Redirect};
use rocket::time::Duration;
use rocket::{Either, State, get, post};
use rocket_diesel_sessions::{ClearSiteData, Session, is_teaching_profile};
use rocket_dyn_templates::context;

use crate::accounts::Accounts;
use crate::audit::{Action, Entry};
use crate::check_password::{Checked, is_device_of, new_known_device};
use crate::client::Client;
use crate::error::Result;
use crate::next::{HOME, safe_next};
use crate::page::Page;
use crate::users::{self, User};

/// The cookie of a browser that has signed in before. Failures of strangers don't make it wait.
const KNOWN_DEVICE: &str = "known_device";

#[get("/login?<next>")]
pub(super) async fn form(
    next: Option<&str>,
    accounts: &State<Accounts>,
    config: &rocket::Config,
    user: Option<User>,
    flash: Option<FlashMessage<'_>>,
) -> Result<Page> {
    let is_first = is_teaching_profile(&config.profile) && accounts.read(users::count).await? == 0;
    let page = Page::new("accounts/login", context! { next: next.unwrap_or_default(), is_first }).message(flash);
    Ok(match &user {
        Some(user) => page.user(user),
        None => page,
    })
}

#[derive(FromForm)]
pub(super) struct SignIn<'r> {
    #[field(default = "")]
    username: &'r str,
    #[field(default = "")]
    password: &'r str,
    #[field(default = "")]
    next: &'r str,
}

#[post("/login", data = "<form>")]
pub(super) async fn sign_in(
    form: Form<SignIn<'_>>,
    accounts: &State<Accounts>,
    session: Session<'_>,
    client: Client,
    cookies: &CookieJar<'_>,
) -> Result<Either<Redirect, Page>> {
    let SignIn { username, password, next } = *form;
    let known_device = cookies.get_private(KNOWN_DEVICE);
    let known_device = known_device.as_ref().map(Cookie::value);
    let page = |error: &str| Page::new("accounts/login", context! { next, username, error });
    Ok(match accounts.check_sign_in(username, password, &client, known_device).await? {
        Checked::Right(user) => {
            accounts.log_in(&session, &user, &client).await?;
            if !known_device.is_some_and(|device| is_device_of(device, &user)) {
                let cookie = Cookie::build((KNOWN_DEVICE, new_known_device(&user)))
                    .path("/accounts")
                    .http_only(true)
                    .same_site(SameSite::Strict)
                    .max_age(Duration::days(365))
                    .expires(None); // or Rocket sets a week
                cookies.add_private(match accounts.sessions().settings().cookie_secure {
                    true => cookie.secure(true),
                    false => cookie, // with TLS, Rocket makes it secure
                });
            }
            let next = safe_next(next).map_or(HOME.to_owned(), |next| next.to_string());
            Either::Left(Redirect::to(next))
        }
        Checked::Wrong => Either::Right(page("The name or the password is wrong.")),
        Checked::Wait(wait) => Either::Right(page(&wait.message()).wait(wait)),
    })
}

#[post("/logout")]
pub(super) async fn sign_out(
    accounts: &State<Accounts>,
    session: Session<'_>,
    user: Option<User>,
    client: Client,
) -> Result<ClearSiteData<Flash<Redirect>>> {
    session.logout();
    if let Some(user) = user {
        accounts.log(Entry::new(Action::SignedOut, accounts.now()).by(&user.name).from(client.address)).await?;
    }
    Ok(ClearSiteData(Flash::success(Redirect::to("/accounts/login/"), "You are signed out.")))
}
