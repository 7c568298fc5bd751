use rocket::serde::Deserialize;

/// Where sessions are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(crate = "rocket::serde", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Engine {
    /// In the table `sessions`. Django: `backends.db`.
    #[default]
    Db,
    /// In the encrypted cookie, with nothing on the server. The cookie's limit is 4096 bytes, which is about 2.9 KiB of
    /// JSON. An insert beyond it fails with [`Error::TooLarge`](crate::Error).
    ///
    /// The price: such a session can't be revoked, so a copy of the cookie opens it until it expires, even after a
    /// `flush`. If two requests overlap, the later response replaces all data, so changes can be lost. And nobody can
    /// list or count sessions. Django: `backends.signed_cookies`, which signs but does not encrypt.
    Cookie,
    /// In the memory of this process. Sessions end with it. Django: `backends.cache` with a local cache.
    Memory,
}

/// The SameSite attribute of the cookie (RFC 6265bis, 5.6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(crate = "rocket::serde")]
pub enum SameSite {
    /// Only requests that begin on this site carry the cookie. A visitor who follows a link from another site is signed
    /// out on the first page.
    Strict,
    /// Links from other sites carry the cookie. Forms and scripts on other sites don't.
    #[default]
    Lax,
    /// Every request carries the cookie. Browsers accept this only with `cookie_secure`.
    None,
}
