use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;

use crate::handle::Handle;

/// The secret that a visitor's cookie carries: 32 random bytes as base64url, 43 characters.
///
/// It has 256 bits, twice what OWASP ASVS 5.0, 7.2.3, asks for. Only the cookie carries it: the store
/// knows the key's [`Handle`], and `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionKey {
    text: String,
    handle: Handle,
}

impl SessionKey {
    const BYTES: usize = 32;

    /// Makes a new key with the thread's cryptographic random generator, which the operating system seeds.
    pub fn generate() -> Self {
        let mut bytes = [0; Self::BYTES];
        rand::rng().fill_bytes(&mut bytes);
        Self::new(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Accepts exactly the texts that [`generate`](Self::generate) writes. Any other text was never a key, so no store
    /// needs to be asked about it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::BYTES];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(Self::BYTES) => Some(Self::new(text.to_owned())),
            _ => None,
        }
    }

    fn new(text: String) -> Self {
        let handle = Handle::of_key(&text);
        Self { text, handle }
    }

    /// Returns the text that goes into the cookie and nowhere else.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the name under which a store knows this key.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// Prints nothing of the key: whoever reads a key in a log can open its session.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_43_characters_of_base64url_and_never_the_same_twice() {
        let (one, other) = (SessionKey::generate(), SessionKey::generate());
        assert_eq!(one.as_str().len(), 43);
        assert!(one.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(one, other);
    }

    #[test]
    fn a_key_survives_the_cookie() {
        let key = SessionKey::generate();
        assert_eq!(SessionKey::parse(key.as_str()), Some(key));
    }

    #[test]
    fn a_text_that_is_not_a_key_is_refused() {
        let key = SessionKey::generate();
        let wrong = [
            String::new(),
            key.as_str()[1..].to_owned(),
            format!("{}A", key.as_str()),
            format!("{}=", key.as_str()),
            "+".repeat(43),
            "é".repeat(43),
            format!("{}B", "A".repeat(42)), // the last character has bits that 32 bytes do not have
            "A".repeat(100_000),
            key.handle().to_string(),
        ];
        for text in wrong {
            assert_eq!(SessionKey::parse(&text), None, "{text:.50}");
        }
    }

    #[test]
    fn debug_prints_nothing_of_the_key() {
        assert_eq!(format!("{:?}", SessionKey::generate()), "SessionKey(…)");
    }
}
