use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// A session's public name: the SHA-256 of its key, as 64 lowercase hexadecimal digits.
///
/// This is the `session_key` column of the table. It is safe to show, to log and to put into a form: nobody gets from
/// the handle to the key, and a handle sent as a cookie opens nothing. (A fast hash is enough here, unlike for
/// passwords: the key has 256 random bits, so there is nothing to guess.)
///
/// ```
/// use rocket_diesel_sessions::Handle;
///
/// let handle = Handle::parse(&"0a".repeat(32)).unwrap();
/// assert_eq!(handle.as_str().len(), 64);
/// assert_eq!(handle.short(), "0a0a0a0a");
/// assert!(Handle::parse("no handle").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(Arc<str>);

impl Handle {
    const LENGTH: usize = 64;

    /// The handle of the key with this text.
    pub(crate) fn of(key: &str) -> Self {
        Self(format!("{:x}", Sha256::digest(key)).into())
    }

    /// Reads a handle that a form or a command line brings back; `None` where the text can be none.
    ///
    /// ```
    /// # use rocket_diesel_sessions::Handle;
    /// assert!(Handle::parse(&"0a".repeat(32)).is_some());
    /// assert!(Handle::parse(&"0A".repeat(32)).is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == Self::LENGTH && text.bytes().all(hex)).then(|| Self(text.into()))
    }

    /// All 64 digits.
    ///
    /// ```
    /// # use rocket_diesel_sessions::Handle;
    /// let handle = Handle::parse(&"0a".repeat(32)).unwrap();
    /// assert_eq!(handle.as_str(), "0a".repeat(32));
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight digits: enough to follow a session through a log.
    ///
    /// ```
    /// # use rocket_diesel_sessions::Handle;
    /// let handle = Handle::parse(&"0a".repeat(32)).unwrap();
    /// assert_eq!(handle.short(), "0a0a0a0a");
    /// ```
    pub fn short(&self) -> &str {
        &self.0[..8]
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::session::key::SessionKey;

    #[test]
    fn a_handle_is_the_sha256_of_the_keys_text() {
        let key = SessionKey::parse(&"A".repeat(43)).unwrap();
        // printf %s AAAA…A | sha256sum
        assert_eq!(key.handle().as_str(), "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a");
    }
}
