use rocket::form::{Form, FromForm};
use rocket::response::{Flash, Redirect};
use rocket::{Either, State, get, post};
use rocket_diesel_sessions::Session;
use rocket_dyn_templates::context;

use crate::accounts::{Accounts, supported};
use crate::audit::{Action, Entry};
use crate::check_password::Checked;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::next::HOME;
use crate::page::Page;
use crate::users::{STAMP, User};

#[get("/password")]
pub(super) fn form(user: User, accounts: &State<Accounts>) -> Page {
    page(&user, accounts, context! {})
}

#[derive(FromForm)]
pub(super) struct Change<'r> {
    #[field(default = "")]
    old_password: &'r str,
    #[field(default = "")]
    new_password1: &'r str,
    #[field(default = "")]
    new_password2: &'r str,
}

#[post("/password", data = "<form>")]
pub(super) async fn change(
    form: Form<Change<'_>>,
    user: User,
    accounts: &State<Accounts>,
    session: Session<'_>,
    client: Client,
) -> Result<Either<Flash<Redirect>, Page>> {
    let old_error = |error: &str| Ok(Either::Right(page(&user, accounts, context! { old_error: error })));
    // Always, even if it was given a moment ago (OWASP ASVS 5.0, 6.2.3).
    let user = match accounts.check_own_password(&user, form.old_password, &client).await? {
        Checked::Right(user) => user,
        Checked::Wrong => return old_error("The password is wrong."),
        Checked::Wait(wait) => {
            let page = page(&user, accounts, context! { old_error: wait.message() });
            return Ok(Either::Right(page.wait(wait)));
        }
    };
    let new_errors = |errors: Vec<String>| Ok(Either::Right(page(&user, accounts, context! { new_errors: errors })));
    if form.new_password1 != form.new_password2 {
        return new_errors(vec!["The two new passwords are not the same.".into()]);
    }
    let entry = Entry::new(Action::PasswordChanged, accounts.now()).by(&user.name).from(client.address);
    let stamp = match accounts.replace_password(&user, form.new_password1, entry).await {
        Err(Error::Refused(reasons)) => return new_errors(reasons),
        stamp => stamp?,
    };
    session.set_login_value(STAMP, stamp)?;
    accounts.reauthenticated(&session)?;
    let message = match supported(accounts.sessions().revoke_others(&session).await)? {
        0 => "Your password is changed.".into(),
        1 => "Your password is changed. Your other session has ended.".into(),
        ended => format!("Your password is changed. Your {ended} other sessions have ended."),
    };
    Ok(Either::Left(Flash::success(Redirect::to(HOME), message)))
}

fn page(user: &User, accounts: &Accounts, errors: impl rocket::serde::Serialize) -> Page {
    let min_length = accounts.settings().min_password_length;
    Page::new("accounts/password", context! { min_length, errors }).user(user)
}
