use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rocket::form::{self, FromFormField, ValueField};
use rocket::request::FromParam;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A session's public name: the SHA-256 of its key, as 64 lowercase hexadecimal digits.
///
/// This is the column `session_key` of the table. You can show it, log it and put it into a form: nobody can compute the
/// key from it, and a handle that is sent as a cookie opens nothing. (A fast hash is enough here, unlike for passwords.
/// The key has 256 random bits, so there is nothing to guess.)
///
/// A route or a form can take a handle directly, for example `#[post("/devices/<handle>/revoke")]`. Any other text is
/// refused.
///
/// ```
/// use rocket_diesel_sessions::Handle;
///
/// let handle: Handle = "0a".repeat(32).parse().unwrap();
/// assert_eq!(handle.to_string().len(), 64);
/// assert_eq!(handle.short(), "0a0a0a0a");
/// assert!("not a handle".parse::<Handle>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle(Arc<str>);

/// The text is not a [`Handle`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session's handle has 64 lowercase hexadecimal digits")]
pub struct InvalidHandle;

impl Handle {
    const LENGTH: usize = 64;

    /// Returns the handle of a key.
    pub(crate) fn of_key(key: &str) -> Self {
        Self(format!("{:x}", Sha256::digest(key)).into())
    }

    /// Returns all 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first eight digits. They are enough to follow a session through a log.
    pub fn short(&self) -> &str {
        &self.0[..8]
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Handle {
    type Err = InvalidHandle;

    fn from_str(text: &str) -> Result<Self, InvalidHandle> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        match text.len() == Self::LENGTH && text.bytes().all(is_hex) {
            true => Ok(Self(text.into())),
            false => Err(InvalidHandle),
        }
    }
}

impl TryFrom<String> for Handle {
    type Error = InvalidHandle;

    fn try_from(text: String) -> Result<Self, InvalidHandle> {
        text.parse()
    }
}

impl From<Handle> for String {
    fn from(handle: Handle) -> Self {
        handle.to_string()
    }
}

impl<'r> FromParam<'r> for Handle {
    type Error = InvalidHandle;

    fn from_param(param: &'r str) -> Result<Self, InvalidHandle> {
        param.parse()
    }
}

impl<'r> FromFormField<'r> for Handle {
    fn from_value(field: ValueField<'r>) -> form::Result<'r, Self> {
        field.value.parse().map_err(|error: InvalidHandle| form::Error::custom(error).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SessionKey;

    #[test]
    fn a_handle_is_the_sha256_of_the_text_of_the_key() {
        let key = SessionKey::parse(&"A".repeat(43)).unwrap();
        // printf %s AAAA…A | sha256sum
        assert_eq!(key.handle().as_str(), "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a");
    }

    #[test]
    fn only_64_lowercase_hexadecimal_digits_are_a_handle() {
        assert!("0a".repeat(32).parse::<Handle>().is_ok());
        for text in [String::new(), "0a".repeat(31), "0a".repeat(33), "0A".repeat(32), "0g".repeat(32), "é".repeat(32)]
        {
            assert_eq!(text.parse::<Handle>(), Err(InvalidHandle), "{text}");
        }
    }

    #[test]
    fn a_handle_survives_json_and_json_refuses_other_texts() {
        let handle: Handle = "0a".repeat(32).parse().unwrap();
        let json = serde_json::to_string(&handle).unwrap();
        assert_eq!(serde_json::from_str::<Handle>(&json).unwrap(), handle);
        assert!(serde_json::from_str::<Handle>("\"0a\"").is_err());
    }
}
