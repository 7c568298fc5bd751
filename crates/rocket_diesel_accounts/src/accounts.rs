use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error as QueryError;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use rocket::figment::Figment;
use rocket_diesel_sessions::db::{self, Config, Database, DbConnection};
use rocket_diesel_sessions::{LaunchError, Session, Sessions};
use time::OffsetDateTime;

use crate::audit::{Action, Entry};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::passwords::{Hasher, check_password};
use crate::settings::Settings;
use crate::users::{self, Flags, NewUser, STAMP, User};

/// The migrations of this library's tables.
///
/// A launch applies them, unless the setting `auto_migrate` of the sessions is false. Copy the files into the `migrations`
/// folder of your application under the same names, so that the `diesel` command knows them too.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

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
///     accounts.log_in(&session, &user, &client)?;
///     Ok(Redirect::to("/"))
/// }
/// ```
#[derive(Clone)]
pub struct Accounts {
    database: Database,
    sessions: Sessions,
    settings: Settings,
    pub(crate) hasher: Hasher,
}

/// The values of a login. [`STAMP`] is another one.
pub(crate) const DEVICE: &str = "device";
pub(crate) const CONFIRMED_AT: &str = "confirmed_at";

impl Accounts {
    /// Opens the accounts of a configuration, for programs without Rocket, such as a command.
    ///
    /// # Errors
    ///
    /// The errors of a launch: a setting that is not allowed, or a database that is away or not migrated.
    pub fn open(figment: &Figment) -> Result<Self, LaunchError> {
        let sessions = Sessions::open(figment)?;
        let database = Database::connect(&Config::extract(figment)?)?;
        Self::launch(figment, sessions, database)
    }

    pub(crate) fn launch(figment: &Figment, sessions: Sessions, database: Database) -> Result<Self, LaunchError> {
        let settings = Settings::extract(figment)?;
        // The engines "memory" and "cookie" have made no tables, and one of the accounts' indexes is on the table of sessions.
        for migrations in [&rocket_diesel_sessions::MIGRATIONS, &MIGRATIONS] {
            if sessions.settings().auto_migrate {
                for name in database.migrate(migrations)? {
                    rocket::info!("accounts: applied migration {name}");
                }
            } else {
                let names = database.pending_migrations(migrations)?;
                if !names.is_empty() {
                    return Err(LaunchError::Pending { names, profile: figment.profile().to_string() });
                }
            }
        }
        Ok(Self { database, sessions, settings, hasher: Hasher::new() })
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

    /// Signs a user in, whose password or other proof the application has checked. The session gets a new key.
    ///
    /// # Errors
    ///
    /// The errors of [`Session::set_login_value`].
    pub fn log_in(&self, session: &Session<'_>, user: &User, client: &Client) -> Result<()> {
        session.login(&user.id);
        session.set_login_value(STAMP, &user.stamp)?;
        if let Some(user_agent) = &client.user_agent {
            session.set_login_value(DEVICE, user_agent)?;
        }
        Ok(session.set_login_value(CONFIRMED_AT, self.now().unix_timestamp())?)
    }

    /// Deletes all sessions of a user. Returns how many there were. Does nothing with an engine that keeps no list: there, only
    /// the stamp ends them.
    pub(crate) async fn end_sessions(&self, user: &User) -> Result<usize> {
        supported(self.sessions.revoke_all(&user.id).await)
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
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

    async fn hash_new(&self, name: &str, password: &str) -> Result<String> {
        let reasons = check_password(password, name, &self.settings);
        if !reasons.is_empty() {
            return Err(Error::Refused(reasons));
        }
        let slot = self.hasher.slot().await?;
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
