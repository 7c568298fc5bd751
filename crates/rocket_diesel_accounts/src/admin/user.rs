use rocket::form::{Form, FromForm};
use rocket::request::FlashMessage;
use rocket::response::{Flash, Redirect};
use rocket::serde::Serialize;
use rocket::{Either, State, get, post};
use rocket_dyn_templates::context;

use crate::accounts::{Accounts, name_taken};
use crate::audit::{Action, Entry};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::guard::StaffUser;
use crate::page::Page;
use crate::users::{self, Flags, Updated, User};

/// What the form of a user has. A box that is not ticked is not sent.
#[derive(FromForm, Serialize)]
#[serde(crate = "rocket::serde")]
pub(super) struct Fields<'r> {
    #[field(default = "")]
    pub name: &'r str,
    #[field(default = false)]
    pub is_staff: bool,
    #[field(default = false)]
    pub is_superuser: bool,
    #[field(default = false)]
    pub is_active: bool,
}

impl Fields<'_> {
    pub fn flags(&self) -> Flags {
        // A superuser has to get into the admin site.
        Flags {
            is_staff: self.is_staff || self.is_superuser,
            is_superuser: self.is_superuser,
            is_active: self.is_active,
        }
    }
}

pub(super) type Response = Either<Flash<Redirect>, Page>;

/// Refuses staff who may only look.
pub(super) fn only_superusers(user: &StaffUser) -> Result<()> {
    match user.is_superuser() {
        true => Ok(()),
        false => Err(Error::Forbidden),
    }
}

#[get("/users/<id>")]
pub(super) async fn show(
    user: StaffUser,
    accounts: &State<Accounts>,
    id: &str,
    flash: Option<FlashMessage<'_>>,
) -> Result<Page> {
    let shown = find(accounts, id).await?;
    Ok(page(&user, accounts, &shown, None, &[], &[]).message(flash))
}

#[post("/users/<id>", data = "<form>")]
pub(super) async fn change(
    form: Form<Fields<'_>>,
    user: StaffUser,
    accounts: &State<Accounts>,
    id: &str,
    client: Client,
) -> Result<Response> {
    only_superusers(&user)?;
    let before = find(accounts, id).await?;
    let refused = |reason: &str| Ok(Either::Right(page(&user, accounts, &before, Some(&form), &[reason.into()], &[])));
    // Only if it changes: an old name may be one that is not allowed any more.
    if form.name != before.name
        && let Err(reason) = users::check_name(form.name)
    {
        return refused(&reason);
    }
    let flags = form.flags();
    let entry = Entry::new(Action::UserChanged, accounts.now()).by(user.name()).on(&before.name).from(client.address);
    let entry = entry.detail(difference(&before, form.name, flags));
    let (id, name) = (before.id.clone(), form.name.to_owned());
    let updated = accounts.write(move |conn| {
        let updated = users::update(conn, &id, &name, flags)?;
        if updated == Updated::Done {
            entry.insert(conn)?;
        }
        Ok(updated)
    });
    match updated.await.map_err(name_taken) {
        Ok(Updated::Done) => {}
        Ok(Updated::NotFound) => return Err(Error::NotFound),
        Ok(Updated::LastSuperuser) => {
            return refused("This is the last superuser who can sign in. Make another one first.");
        }
        Err(Error::Refused(reasons)) => return refused(&reasons.join(" ")),
        Err(error) => return Err(error),
    }
    if !flags.is_active {
        accounts.end_sessions(&before).await?;
    }
    Ok(back(&before.id, format!("{} is saved.", form.name)))
}

pub(super) async fn find(accounts: &Accounts, id: &str) -> Result<User> {
    let id = id.to_owned();
    accounts.read(move |conn| users::by_id(conn, &id)).await?.ok_or(Error::NotFound)
}

pub(super) fn page(
    user: &StaffUser,
    accounts: &Accounts,
    shown: &User,
    typed: Option<&Fields<'_>>,
    errors: &[String],
    password_errors: &[String],
) -> Page {
    let fields = Fields {
        name: shown.name(),
        is_staff: shown.is_staff(),
        is_superuser: shown.is_superuser(),
        is_active: shown.is_active(),
    };
    let fields = typed.unwrap_or(&fields);
    let min_length = accounts.settings().min_password_length;
    let is_listed = accounts.lists_sessions();
    Page::new("admin/user", context! { shown, fields, errors, password_errors, min_length, is_listed }).user(user)
}

pub(super) fn back(id: &str, message: String) -> Response {
    Either::Left(Flash::success(Redirect::to(format!("/admin/users/{id}/")), message))
}

/// Returns what changes, for the log.
fn difference(before: &User, name: &str, after: Flags) -> String {
    let flags = [
        ("staff", before.is_staff(), after.is_staff),
        ("superuser", before.is_superuser(), after.is_superuser),
        ("active", before.is_active(), after.is_active),
    ];
    let name = (before.name() != name).then(|| format!("name: {name}"));
    let changed = flags.iter().filter(|(_, before, after)| before != after);
    let flags = changed.map(|(flag, _, after)| format!("{flag}: {}", if *after { "yes" } else { "no" }));
    let all: Vec<String> = name.into_iter().chain(flags).collect();
    if all.is_empty() { "nothing".into() } else { all.join(", ") }
}
