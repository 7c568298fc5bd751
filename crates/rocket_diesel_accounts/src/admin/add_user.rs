use rocket::form::{Form, FromForm};
use rocket::{Either, State, get, post};
use rocket_dyn_templates::context;

use super::user::{Fields, Response, back, only_superusers};
use crate::accounts::Accounts;
use crate::audit::{Action, Entry};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::guard::StaffUser;
use crate::page::Page;

#[get("/users/add")]
pub(super) fn form(user: StaffUser, accounts: &State<Accounts>) -> Result<Page> {
    only_superusers(&user)?;
    let fields = Fields { name: "", is_staff: false, is_superuser: false, is_active: true };
    Ok(page(&user, accounts, &fields, &[]))
}

#[derive(FromForm)]
pub(super) struct Add<'r> {
    #[field(default = "")]
    name: &'r str,
    #[field(default = false)]
    is_staff: bool,
    #[field(default = false)]
    is_superuser: bool,
    #[field(default = "")]
    password1: &'r str,
    #[field(default = "")]
    password2: &'r str,
}

#[post("/users/add", data = "<form>")]
pub(super) async fn add(
    form: Form<Add<'_>>,
    user: StaffUser,
    accounts: &State<Accounts>,
    client: Client,
) -> Result<Response> {
    only_superusers(&user)?;
    let Add { name, is_staff, is_superuser, password1, password2 } = *form;
    let fields = Fields { name, is_staff, is_superuser, is_active: true };
    if password1 != password2 {
        return Ok(Either::Right(page(&user, accounts, &fields, &["The two passwords are not the same.".into()])));
    }
    let detail = match (is_superuser, is_staff) {
        (true, _) => "superuser",
        (false, true) => "staff",
        (false, false) => "neither staff nor superuser",
    };
    let entry = Entry::new(Action::UserAdded, accounts.now()).by(user.name()).from(client.address).detail(detail);
    match accounts.create(name, password1, fields.flags(), entry).await {
        Ok(added) => Ok(back(&added.id, format!("{} is added.", added.name))),
        Err(Error::Refused(reasons)) => Ok(Either::Right(page(&user, accounts, &fields, &reasons))),
        Err(error) => Err(error),
    }
}

fn page(user: &StaffUser, accounts: &Accounts, fields: &Fields<'_>, errors: &[String]) -> Page {
    let min_length = accounts.settings().min_password_length;
    Page::new("admin/user", context! { fields, errors, min_length }).user(user)
}
