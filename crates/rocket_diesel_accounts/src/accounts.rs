use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error as QueryError;
use rocket_diesel_sessions::db::{self, Database, DbConnection};
use rocket_diesel_sessions::{Engine, Session, Sessions};
use time::OffsetDateTime;

use crate::audit::{Action, Entry};
use crate::client::{Client, DEVICE};
use crate::error::{Error, Result};
use crate::passwords::{Hasher, on_a_thread, weaknesses};
use crate::random::random_id;
use crate::settings::Settings;
use crate::users::{self, Flags, NewUser, STAMP, User};

/// The accounts of the application, in Rocket's managed state.
///
/// ```
/// use rocket::response::Redirect;
/// use rocket::{FromForm, State, form::Form, post};
/// use rocket_diesel_accounts::{Accounts, Client, Result};
/// use rocket_diesel_sessions::Session;
///
/// #[derive(FromForm)]
/// struct Registration {
///     name: String,
///     password: String,
/// }
///
/// /// Makes an account and signs its user in.
/// #[post("/register", data = "<form>")]
/// async fn register(
///     form: Form<Registration>,
///     accounts: &State<Accounts>,
///     session: Session<'_>,
///     client: Client,
/// ) -> Result<Redirect> {
///     let user = accounts.create_user(&form.name, &form.password).await?;
///     accounts.log_in(&session, &user, &client).await?;
///     Ok(Redirect::to("/"))
/// }
/// ```
#[derive(Clone)]
pub struct Accounts {
    database: Database,
    sessions: Sessions,
    settings: Settings,
    pub(crate) hasher: Hasher,
    /// Random, for digests that nobody else can make.
    secret: String,
}

/// The value of a login under which the session keeps when the password was typed, in Unix seconds.
pub(crate) const CONFIRMED_AT: &str = "confirmed_at";

impl Accounts {
    pub(crate) fn new(database: Database, sessions: Sessions, settings: Settings) -> Self {
        Self { database, sessions, settings, hasher: Hasher::new(), secret: random_id() }
    }

    /// Returns the settings that the application was launched with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the user with this name, in any case of its letters.
    pub async fn find(&self, name: &str) -> Result<Option<User>> {
        let name = name.to_owned();
        self.read(move |conn| users::by_name(conn, &name)).await
    }

    /// Makes an account for somebody who is neither staff nor superuser. The user is not signed in.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the reasons for the person who made the input: the name is not allowed or taken, or the
    /// password is too weak. [`Error::Busy`] if too many passwords are being hashed.
    pub async fn create_user(&self, name: &str, password: &str) -> Result<User> {
        self.create(name, password, Flags::NONE, Entry::new(Action::UserAdded, self.now())).await
    }

    /// Makes an account. `entry` goes into the audit log.
    pub(crate) async fn create(&self, name: &str, password: &str, flags: Flags, entry: Entry) -> Result<User> {
        users::check_name(name).map_err(Error::refused)?;
        let hash = self.hash_new(name, password).await?;
        let user = NewUser::new(name, hash, flags, self.now());
        let entry = entry.on(name);
        let inserted = self.write(move |conn| {
            entry.insert(conn)?;
            users::insert(conn, &user)
        });
        inserted.await.map_err(name_taken)
    }

    /// Gives a user another password, and ends all of their sessions at once.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the reasons if the password is too weak, or if somebody else changes it at the same moment.
    /// [`Error::Busy`] if too many passwords are being hashed.
    pub async fn set_password(&self, user: &User, password: &str) -> Result<()> {
        self.replace_password(user, password, Entry::new(Action::PasswordChanged, self.now())).await?;
        self.end_sessions(user).await.map(drop)
    }

    /// Sets a password. From then on, no session of the user is signed in but one with the new stamp, which this returns.
    pub(crate) async fn replace_password(&self, user: &User, password: &str, entry: Entry) -> Result<String> {
        let hash = self.hash_new(&user.name, password).await?;
        let (entry, user) = (entry.on(&user.name), user.clone());
        let stamp = self.write(move |conn| {
            let stamp = users::set_password(conn, &user, &hash)?;
            if stamp.is_some() {
                entry.insert(conn)?;
            }
            Ok(stamp)
        });
        stamp.await?.ok_or_else(|| Error::refused("Somebody has changed this password at the same moment. Try again."))
    }

    /// Signs a user in, whose password or other proof the application has checked. The session gets a new key. The audit log
    /// gets a line.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] if the user is deactivated; the errors of [`Session::set_login_value`] and of the database.
    pub async fn log_in(&self, session: &Session<'_>, user: &User, client: &Client) -> Result<()> {
        if !user.is_active() {
            return Err(Error::Forbidden);
        }
        let entry = Entry::new(Action::SignedIn, self.now()).by(&user.name).from(client.address);
        let (id, now) = (user.id.clone(), self.now());
        self.write(move |conn| {
            users::set_last_login(conn, &id, now)?;
            entry.insert(conn)
        })
        .await?;
        session.login(&user.id);
        session.set_login_value(STAMP, &user.stamp)?;
        if let Some(user_agent) = &client.user_agent {
            session.set_login_value(DEVICE, user_agent)?;
        }
        self.confirm_now(session)
    }

    /// Records that the user has just typed their password.
    fn confirm_now(&self, session: &Session<'_>) -> Result<()> {
        Ok(session.set_login_value(CONFIRMED_AT, self.now().unix_timestamp())?)
    }

    /// Gives the session of a user who has proved again who they are a new key (OWASP ASVS 5.0, 7.2.4).
    pub(crate) fn reauthenticated(&self, session: &Session<'_>) -> Result<()> {
        session.cycle_key();
        self.confirm_now(session)
    }

    /// Deletes all sessions of a user. Returns how many there were. Does nothing with an engine that keeps no list: there, only
    /// the stamp ends them.
    pub(crate) async fn end_sessions(&self, user: &User) -> Result<usize> {
        supported(self.sessions.revoke_all(&user.id).await)
    }

    /// Returns whether the server has a list of its sessions. With the engine `"cookie"`, only the browsers have them.
    pub(crate) fn lists_sessions(&self) -> bool {
        self.sessions.settings().engine != Engine::Cookie
    }

    #[cfg(feature = "clap")]
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.sessions.now()
    }

    pub(crate) async fn read<T, F>(&self, queries: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        Ok(self.database.read(queries).await?)
    }

    pub(crate) async fn write<T, F>(&self, queries: F) -> Result<T, db::Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        self.database.write(queries).await
    }

    /// Writes a line into the audit log.
    pub(crate) async fn log(&self, entry: Entry) -> Result<()> {
        Ok(self.write(move |conn| entry.insert(conn)).await?)
    }

    /// Returns the hash of a new password, if it is allowed. To estimate how well it can be guessed takes time too, so that
    /// also needs a slot.
    async fn hash_new(&self, name: &str, password: &str) -> Result<String> {
        let slot = self.hasher.slot().await?;
        let (settings, name, new) = (self.settings.clone(), name.to_owned(), password.to_owned());
        let (slot, reasons) = on_a_thread(slot, move || weaknesses(&new, &name, &settings)).await;
        if !reasons.is_empty() {
            return Err(Error::Refused(reasons));
        }
        Ok(self.hasher.hash(slot, password.to_owned()).await.1)
    }
}

/// Turns the violation of the uniqueness of names into a refusal.
pub(crate) fn name_taken(error: db::Error) -> Error {
    match error {
        db::Error::Query(QueryError::DatabaseError(UniqueViolation, _)) => Error::refused("This name is taken."),
        error => error.into(),
    }
}

/// Returns 0 for an engine that keeps no list of sessions.
pub(crate) fn supported(ended: rocket_diesel_sessions::Result<usize>) -> Result<usize> {
    match ended {
        Err(rocket_diesel_sessions::Error::Unsupported) => Ok(0),
        ended => Ok(ended?),
    }
}
