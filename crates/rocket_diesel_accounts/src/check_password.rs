//! Checks passwords: at the sign-in, and when a signed-in user has to type theirs again.

use diesel::QueryResult;
use rocket_diesel_sessions::db::DbConnection;

use crate::accounts::Accounts;
use crate::attempts::{self, Counter, Wait};
use crate::audit::{Action, Entry};
use crate::client::Client;
use crate::error::Result;
use crate::passwords::is_outdated;
use crate::random::random_id;
use crate::users::{self, User};

/// What a check of a password found.
pub(crate) enum Checked {
    Right(User),
    Wrong,
    /// There were too many failures. Another attempt has to wait this long.
    Wait(Wait),
}

impl Accounts {
    /// Checks the name and the password of a sign-in. An unknown name, a wrong password and a deactivated user take the same
    /// time and have the same result (OWASP ASVS 5.0, 6.3.8). `known_device` is the cookie of a browser that has signed in
    /// before.
    pub(crate) async fn check_sign_in(
        &self,
        name: &str,
        password: &str,
        client: &Client,
        known_device: Option<&str>,
    ) -> Result<Checked> {
        let find = {
            let name = name.to_owned();
            move |conn: &mut DbConnection| users::by_name(conn, &name)
        };
        let user = self.read(find.clone()).await?;
        let known_device = known_device.filter(|device| user.as_ref().is_some_and(|user| is_device_of(device, user)));
        let counters = match known_device {
            Some(device) => vec![Counter::known_device(device)],
            None => Counter::of_sign_in(user.as_ref(), name, client.address, self.secret()),
        };
        let found = self.check(counters, password, find).await?;
        let entry = Entry::new(Action::SignInFailed, self.now()).from(client.address);
        match (&found, &user) {
            (Checked::Right(_), _) => {} // the sign-in itself is logged
            // A name that does not exist may be a password in the wrong field. So it is not logged.
            (Checked::Wrong, None) => self.log(entry.detail("unknown name")).await?,
            (Checked::Wrong, Some(user)) => self.log(entry.on(&user.name)).await?,
            (Checked::Wait(wait), _) => {
                rocket::warn!("accounts: a sign-in has to wait for {} s", wait.seconds)
            }
        }
        Ok(found)
    }

    /// Checks the password of a user who is signed in.
    pub(crate) async fn check_own_password(&self, user: &User, password: &str, client: &Client) -> Result<Checked> {
        let id = user.id.clone();
        let find = move |conn: &mut DbConnection| users::by_id(conn, &id);
        let found = self.check(vec![Counter::confirmation(&user.id)], password, find).await?;
        let action = match &found {
            Checked::Right(_) => Action::PasswordConfirmed,
            Checked::Wrong => Action::PasswordConfirmationFailed,
            Checked::Wait(_) => return Ok(found),
        };
        self.log(Entry::new(action, self.now()).by(&user.name).from(client.address)).await?;
        Ok(found)
    }

    async fn check<F>(&self, counters: Vec<Counter>, password: &str, find: F) -> Result<Checked>
    where
        F: Fn(&mut DbConnection) -> QueryResult<Option<User>> + Send + 'static,
    {
        // Those that have to wait anyway don't take the places of others.
        let now = self.now();
        let first = counters.clone();
        if let Some(wait) = self.read(move |conn| attempts::wait(conn, &first, now)).await? {
            return Ok(Checked::Wait(Wait::new(wait)));
        }
        let slot = self.hasher.slot().await?;
        let now = self.now();
        let begun = counters.clone();
        if let Some(wait) = self.write(move |conn| attempts::begin(conn, &begun, now)).await? {
            return Ok(Checked::Wait(Wait::new(wait)));
        }
        // It may have changed while this waited for its slot.
        let user = self.read(find).await?;
        let hash = user.as_ref().map(|user| user.password_hash.as_str());
        let (slot, is_right) = self.hasher.verify(slot, password.to_owned(), hash).await;
        let Some(user) = user.filter(|user| is_right && user.is_active()) else {
            self.write(move |conn| attempts::fail(conn, &counters, now)).await?;
            return Ok(Checked::Wrong);
        };
        let upgraded = match is_outdated(&user.password_hash) {
            true => Some(self.hasher.hash(slot, password.to_owned()).await.1),
            false => None,
        };
        let row = user.clone();
        self.write(move |conn| {
            attempts::succeed(conn, &counters)?;
            attempts::forget(conn, now)?;
            upgraded.iter().try_for_each(|hash| users::upgrade_hash(conn, &row, hash))
        })
        .await?;
        Ok(Checked::Right(user))
    }
}

/// Returns the value of the cookie by which a browser is known that has signed in as this user. It is encrypted. With another
/// password, the browser is not known any more.
pub(crate) fn new_known_device(user: &User) -> String {
    format!("{}.{}.{}", user.id, user.stamp, random_id())
}

pub(crate) fn is_device_of(device: &str, user: &User) -> bool {
    device.strip_prefix(&format!("{}.{}.", user.id, user.stamp)).is_some()
}
