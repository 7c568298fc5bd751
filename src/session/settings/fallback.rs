use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rocket::http::Cookie;
use rocket::serde::de::{Deserialize, Deserializer, Error};

/// One of `secret_key_fallbacks`: a key that `secret_key` was before. Cookies under it are still read, and are sent
/// again under the new one.
///
/// Rocket keeps its own key to itself and tries no other, so this is the same encryption, by the same crate, once more.
///
/// ```
/// use rocket::figment::Figment;
/// use rocket_diesel_sessions::Settings;
///
/// let old = "0f".repeat(32);
/// let settings = Settings::extract(&Figment::from(("session.secret_key_fallbacks", [old]))).unwrap();
/// assert_eq!(format!("{:?}", settings.secret_key_fallbacks), "[FallbackKey(…)]");
/// ```
#[derive(Clone, PartialEq)]
pub struct FallbackKey(cookie::Key);

impl FallbackKey {
    /// The same text forms as Rocket's `secret_key`: 44 or 88 characters of base64, or 64 hexadecimal digits.
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
            return None; // anybody's
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

    /// The cookie's plain value, if it was encrypted under this key.
    pub(crate) fn decrypt(&self, raw: &Cookie<'static>) -> Option<Cookie<'static>> {
        let mut jar = cookie::CookieJar::new();
        jar.add_original(raw.clone());
        jar.private(&self.0).get(raw.name())
    }
}

/// Quiet, as all secrets.
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

/// The whole setting. Its error says what is allowed, and not what was found: that is a secret, if perhaps a misspelt
/// one, and an error gets into logs.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FallbackKey>, D::Error> {
    Vec::deserialize(deserializer).map_err(|_| {
        D::Error::custom("allowed is a list of keys, [\"…\"], each of 44 or 88 characters of base64, or 64 of hex")
    })
}
