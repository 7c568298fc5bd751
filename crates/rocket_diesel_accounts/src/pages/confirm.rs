use rocket::serde::Serialize;
use rocket_diesel_sessions::Session;
use rocket_dyn_templates::context;
use time::Duration;

use crate::accounts::{Accounts, CONFIRMED_AT};
use crate::check_password::Checked;
use crate::client::Client;
use crate::error::Result;
use crate::page::Page;
use crate::users::User;

/// How long a password counts as given.
const CONFIRMED_FOR: Duration = Duration::minutes(10);

/// Whether the user has typed their password in the last ten minutes.
pub(crate) enum Confirmation {
    Given,
    /// The page that asks for it.
    Missing(Box<Page>),
}

/// What the page sends again, together with the password.
#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
pub(crate) struct Action<'a> {
    /// Where the form goes.
    pub uri: &'a str,
    /// What will be done, as the label of the button.
    pub label: &'a str,
    /// The other fields of the form.
    pub fields: Vec<(&'a str, String)>,
}

/// Asks for the password, unless it was given within ten minutes (OWASP ASVS 5.0, 7.5.2). `password` is what the user has
/// typed on the page that this returns. A right one gives the session a new key (7.2.4).
pub(crate) async fn confirm(
    accounts: &Accounts,
    session: &Session<'_>,
    user: &User,
    client: &Client,
    password: Option<&str>,
    action: Action<'_>,
) -> Result<Confirmation> {
    let now = accounts.now().unix_timestamp();
    let confirmed_at: Option<i64> = session.login_value(CONFIRMED_AT)?;
    if confirmed_at.is_some_and(|at| (0..CONFIRMED_FOR.whole_seconds()).contains(&(now - at))) {
        return Ok(Confirmation::Given);
    }
    let page = |error: Option<String>| Page::new("accounts/confirm", context! { action, error }).user(user);
    Ok(Confirmation::Missing(Box::new(match password {
        None => page(None),
        Some(password) => match accounts.check_own_password(user, password, client).await? {
            Checked::Right(_) => {
                accounts.reauthenticated(session)?;
                return Ok(Confirmation::Given);
            }
            Checked::Wrong => page(Some("The password is wrong.".into())),
            Checked::Wait(wait) => page(Some(wait.message())).wait(wait),
        },
    })))
}
