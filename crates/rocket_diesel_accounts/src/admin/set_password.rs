use rocket::form::{Form, FromForm};
use rocket::{Either, State, post};
use rocket_diesel_sessions::Session;

use super::user::{Response, back, find, only_superusers, page};
use crate::accounts::Accounts;
use crate::audit::{Action, Entry};
use crate::check_password::Checked;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::guard::StaffUser;

/// Sets the password of a user who has forgotten theirs. Asks for the superuser's own one.
#[derive(FromForm)]
pub(super) struct SetPassword<'r> {
    #[field(default = "")]
    own_password: &'r str,
    #[field(default = "")]
    new_password1: &'r str,
    #[field(default = "")]
    new_password2: &'r str,
}

#[post("/users/<id>/password", data = "<form>")]
pub(super) async fn set_password(
    form: Form<SetPassword<'_>>,
    user: StaffUser,
    accounts: &State<Accounts>,
    session: Session<'_>,
    id: &str,
    client: Client,
) -> Result<Response> {
    only_superusers(&user)?;
    let shown = find(accounts, id).await?;
    let refused = |reasons: &[String]| page(&user, accounts, &shown, None, &[], reasons);
    if shown.id == user.id {
        // It goes on under a new key there.
        let reason = "Change your own password on its own page.".to_owned();
        return Ok(Either::Right(page(&user, accounts, &shown, None, &[reason], &[])));
    }
    match accounts.check_own_password(&user, form.own_password, &client).await? {
        Checked::Right(_) => accounts.reauthenticated(&session)?,
        Checked::Wrong => return Ok(Either::Right(refused(&["Your own password is wrong.".into()]))),
        Checked::Wait(wait) => return Ok(Either::Right(refused(&[wait.message()]).wait(wait))),
    }
    if form.new_password1 != form.new_password2 {
        return Ok(Either::Right(refused(&["The two new passwords are not the same.".into()])));
    }
    let entry = Entry::new(Action::PasswordChanged, accounts.now()).by(user.name()).from(client.address);
    match accounts.replace_password(&shown, form.new_password1, entry).await {
        Ok(_) => {
            accounts.end_sessions(&shown).await?;
            Ok(back(&shown.id, format!("{} has a new password, and is signed out everywhere.", shown.name)))
        }
        Err(Error::Refused(reasons)) => Ok(Either::Right(refused(&reasons))),
        Err(error) => Err(error),
    }
}
