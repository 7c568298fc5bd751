use std::fmt;

use rocket::figment::Figment;
use rocket::http::Cookie;
use rocket::{Orbit, Rocket};

use crate::settings::decrypt;

/// Rocket's key for private cookies. With it the fairing encrypts the session's cookie as Rocket would, after all other
/// cookies are in the response.
pub(crate) struct SecretKey(cookie::Key);

impl SecretKey {
    /// Returns the key of a running Rocket. Before the launch, a key that Rocket generates does not exist yet.
    pub fn of(rocket: &Rocket<Orbit>) -> Self {
        // The figment is dropped at once: its `Debug` prints the key.
        let master: Vec<u8> = Figment::from(rocket.config()).extract_inner("secret_key").unwrap_or_default();
        // Rocket hides its zero key, which a program without a `secret_key` has if there is no randomness.
        Self(cookie::Key::try_from(master.as_slice()).unwrap_or_else(|_| cookie::Key::from(&[0; 64])))
    }

    /// Returns the cookie with its plain value, if it was encrypted with this key.
    pub fn decrypt(&self, raw: &Cookie<'static>) -> Option<Cookie<'static>> {
        decrypt(&self.0, raw)
    }

    /// Returns the cookie with an encrypted value, which `CookieJar::get_private` reads.
    pub fn encrypt(&self, cookie: Cookie<'static>) -> Cookie<'static> {
        let (name, mut jar) = (cookie.name().to_owned(), cookie::CookieJar::new());
        jar.private_mut(&self.0).add(cookie);
        jar.get(&name).expect("the cookie was just added").clone()
    }
}

/// Prints nothing of the key.
impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}
