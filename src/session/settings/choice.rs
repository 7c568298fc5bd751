//! Settings with a few values, each with a name.

use rocket::serde::Deserialize;

/// Where sessions are kept.
///
/// ```
/// use rocket::figment::Figment;
/// use rocket_diesel_sessions::{Engine, Settings};
///
/// let settings = Settings::extract(&Figment::from(("session.engine", "memory"))).unwrap();
/// assert_eq!(settings.engine, Engine::Memory);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(crate = "rocket::serde", rename_all = "lowercase")]
pub enum Engine {
    /// In the table `sessions`. Django: `backends.db`.
    #[default]
    Db,
    /// All data in the encrypted cookie, and nothing on the server. It can hold about 2.9 KiB of JSON: the cookie's
    /// limit is 4096 bytes, and an insert beyond it is [`Error::TooLarge`](crate::Error).
    ///
    /// What such a session can't do: it can't be revoked, so a copy of the cookie opens it until it expires, after a
    /// `flush` too; of two requests at the same time the later response wins whole, so changes can be lost; and nobody
    /// can list or count sessions. Django: `backends.signed_cookies`, but that one only signs.
    Cookie,
    /// In this process's memory. Sessions end with it. Django: `backends.cache` with a local cache.
    Memory,
}

/// The cookie's SameSite attribute (RFC 6265bis, 5.6.7).
///
/// ```
/// use rocket::figment::Figment;
/// use rocket_diesel_sessions::{SameSite, Settings};
///
/// let settings = Settings::extract(&Figment::from(("session.cookie_samesite", "Strict"))).unwrap();
/// assert_eq!(settings.cookie_samesite, SameSite::Strict);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(crate = "rocket::serde")]
pub enum SameSite {
    /// Only requests that begin on this site carry the cookie: a link from elsewhere finds the visitor signed out.
    Strict,
    /// A link from elsewhere carries the cookie too, a form or a script on another site does not.
    #[default]
    Lax,
    /// Every request carries the cookie. Browsers take this with `cookie_secure` only.
    None,
}
