use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rocket::http::Cookie;
use rocket::serde::de::{Deserialize, Deserializer, Error};

/// One of `secret_key_fallbacks`: a former value of `secret_key`. Cookies that were encrypted with it are still read, and
/// sent again encrypted with the new key.
///
/// Rocket can't decrypt with a second key, so this does the same with the same crate.
#[derive(Clone, PartialEq)]
pub struct FallbackKey(cookie::Key);

impl FallbackKey {
    /// Reads the same forms as Rocket's `secret_key`: 44 or 88 characters of base64, or 64 hexadecimal digits.
    fn parse(text: &str) -> Option<Self> {
        let bytes = match text.len() {
            44 | 88 => STANDARD.decode(text).ok()?,
            64 if !text.contains('+') => (0..64)
                .step_by(2)
                .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
                .collect::<Option<_>>()?,
            _ => return None,
        };
        if bytes.iter().all(|byte| *byte == 0) {
            return None; // everybody knows this key
        }
        match bytes.len() {
            32..64 => Some(Self(cookie::Key::derive_from(&bytes))),
            64.. => Some(Self(cookie::Key::from(&bytes))),
            _ => None,
        }
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn of_zeros() -> Self {
        Self(cookie::Key::from(&[0; 64]))
    }

    /// Returns the cookie with its plain value, if it was encrypted with this key.
    pub(crate) fn decrypt(&self, raw: &Cookie<'static>) -> Option<Cookie<'static>> {
        decrypt(&self.0, raw)
    }
}

/// Returns the cookie with its plain value, if it was encrypted with this key.
pub(crate) fn decrypt(key: &cookie::Key, raw: &Cookie<'static>) -> Option<Cookie<'static>> {
    let mut jar = cookie::CookieJar::new();
    jar.add_original(raw.clone());
    jar.private(key).get(raw.name())
}

/// Prints nothing of the key.
impl fmt::Debug for FallbackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FallbackKey(…)")
    }
}

impl<'de> Deserialize<'de> for FallbackKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not 44 or 88 characters of base64, nor 64 of hex"))
    }
}

/// Reads the whole setting. The error says what is allowed and not what was found: a misspelt secret is nearly the
/// secret, and errors get into logs.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FallbackKey>, D::Error> {
    Vec::deserialize(deserializer).map_err(|_| {
        D::Error::custom("allowed is a list of keys, [\"…\"], each of 44 or 88 characters of base64, or 64 of hex")
    })
}
