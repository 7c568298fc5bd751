use std::fmt;

use rocket::Config;
use rocket::config::SecretKey;
use rocket::figment::Figment;
use rocket::http::Cookie;

/// The keys for private cookies: Rocket's own, with which the fairing encrypts the session's cookie as Rocket would, and
/// the former ones of `secret_key_fallbacks`.
///
/// Rocket encrypts before response fairings run, and it can't decrypt with a second key. So this does the same with the
/// same crate.
pub(crate) struct SecretKeys {
    current: cookie::Key,
    former: Vec<cookie::Key>,
}

impl SecretKeys {
    /// `current` is the key of a running Rocket: before the launch, a key that Rocket generates does not exist yet.
    pub fn new(current: &SecretKey, former: &[SecretKey]) -> Self {
        Self { current: cookie_key(current), former: former.iter().map(cookie_key).collect() }
    }

    /// Returns the cookie with its plain value, and whether it was encrypted with a former key. Returns `None` if it was
    /// encrypted with none of the keys.
    pub fn decrypt(&self, raw: &Cookie<'static>) -> Option<(Cookie<'static>, bool)> {
        let mut jar = cookie::CookieJar::new();
        jar.add_original(raw.clone());
        let decrypt = |key| jar.private(key).get(raw.name());
        match decrypt(&self.current) {
            Some(cookie) => Some((cookie, false)),
            None => Some((self.former.iter().find_map(decrypt)?, true)),
        }
    }

    /// Returns the cookie with an encrypted value, which `CookieJar::get_private` reads.
    pub fn encrypt(&self, cookie: Cookie<'static>) -> Cookie<'static> {
        let (name, mut jar) = (cookie.name().to_owned(), cookie::CookieJar::new());
        jar.private_mut(&self.current).add(cookie);
        jar.get(&name).expect("the cookie was just added").clone()
    }
}

/// Returns the key in the form of the crate `cookie`. Only a figment of Rocket's configuration shows its bytes.
fn cookie_key(key: &SecretKey) -> cookie::Key {
    let config = Config { secret_key: key.clone(), ..Config::debug_default() };
    // The figment is dropped at once: its `Debug` prints the key.
    let bytes: Vec<u8> = Figment::from(config).extract_inner(Config::SECRET_KEY).unwrap_or_default();
    // Rocket hides its zero key, which a program without a `secret_key` has if there is no randomness.
    cookie::Key::try_from(bytes.as_slice()).unwrap_or_else(|_| cookie::Key::from(&[0; 64]))
}

/// Prints nothing of the keys.
impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKeys(…)")
    }
}
