use std::fmt;

use diesel::prelude::*;
use rocket::serde::{Serialize, Serializer};
use rocket_diesel_sessions::Record;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::random::random_id;
use crate::schema::users;
use crate::timestamp::{column, text};

/// Somebody who can sign in. As a request guard: who is signed in. Django: `request.user`.
///
/// ```
/// use rocket::get;
/// use rocket_diesel_accounts::User;
///
/// #[get("/hello")]
/// fn hello(user: User) -> String {
///     format!("Hello, {}!", user.name())
/// }
///
/// #[get("/")]
/// fn index(user: Option<User>) -> &'static str {
///     if user.is_some() { "You are signed in." } else { "Nobody is signed in." }
/// }
/// ```
///
/// A visitor who is not signed in is sent to the sign-in page, and comes back after it. `Option<User>` is `None` for such a
/// visitor. It is also `None` if the database is away; where that matters, ask for
/// `Result<User, rocket_diesel_accounts::Error>`.
///
/// The guard reads the user from the database at each request. So a user who is deactivated or has another password since is
/// signed out at once, on every device. [`Session::owner`](rocket_diesel_sessions::Session::owner) alone does not check this.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) password_hash: String,
    pub(crate) stamp: String,
    is_staff: i16,
    is_superuser: i16,
    is_active: i16,
    created_at: PrimitiveDateTime,
    last_login: Option<PrimitiveDateTime>,
}

impl User {
    /// Returns the id: 32 hexadecimal digits. It is the owner of the user's sessions and never changes.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the name with which the user signs in.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the user may open the admin site.
    pub fn is_staff(&self) -> bool {
        self.is_staff != 0
    }

    /// Returns whether the user may also change other users.
    pub fn is_superuser(&self) -> bool {
        self.is_superuser != 0
    }

    /// Returns whether the user may sign in.
    pub fn is_active(&self) -> bool {
        self.is_active != 0
    }

    /// Returns when the account was made, in UTC.
    pub fn created_at(&self) -> OffsetDateTime {
        self.created_at.assume_utc()
    }

    /// Returns when the user last signed in, in UTC.
    pub fn last_login(&self) -> Option<OffsetDateTime> {
        self.last_login.map(PrimitiveDateTime::assume_utc)
    }

    /// Returns whether a session was signed in with the credentials that the user has now.
    pub(crate) fn is_owner_of(&self, record: &Record) -> bool {
        let stamp = record.login_values.get(STAMP).and_then(|stamp| stamp.as_str());
        record.owner.as_deref() == Some(&self.id) && self.has_stamp(stamp)
    }

    /// Returns whether a session with this stamp is signed in. A missing stamp is a wrong one.
    pub(crate) fn has_stamp(&self, stamp: Option<&str>) -> bool {
        self.is_active() && stamp == Some(&self.stamp)
    }
}

/// The value of a login under which the session keeps the stamp of the credentials.
pub(crate) const STAMP: &str = "stamp";

/// Shows no hash and no stamp.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// For templates. Has no hash and no stamp.
impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(crate = "rocket::serde")]
        struct View<'a> {
            id: &'a str,
            name: &'a str,
            is_staff: bool,
            is_superuser: bool,
            is_active: bool,
            created_at: String,
            last_login: Option<String>,
        }
        View {
            id: &self.id,
            name: &self.name,
            is_staff: self.is_staff(),
            is_superuser: self.is_superuser(),
            is_active: self.is_active(),
            created_at: text(self.created_at()),
            last_login: self.last_login().map(text),
        }
        .serialize(serializer)
    }
}

/// What an administrator decides about a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags {
    pub is_staff: bool,
    pub is_superuser: bool,
    pub is_active: bool,
}

impl Flags {
    pub const NONE: Self = Self { is_staff: false, is_superuser: false, is_active: true };
}

/// A row to insert.
#[derive(Clone, Insertable)]
#[diesel(table_name = users)]
pub(crate) struct NewUser {
    pub id: String,
    name: String,
    pub name_key: String,
    password_hash: String,
    stamp: String,
    is_staff: i16,
    is_superuser: i16,
    is_active: i16,
    created_at: PrimitiveDateTime,
}

impl NewUser {
    pub fn new(name: &str, password_hash: String, flags: Flags, now: OffsetDateTime) -> Self {
        Self {
            id: random_id(),
            name: name.to_owned(),
            name_key: super::name_key(name),
            password_hash,
            stamp: random_id(),
            is_staff: flags.is_staff.into(),
            is_superuser: flags.is_superuser.into(),
            is_active: flags.is_active.into(),
            created_at: column(now),
        }
    }
}
