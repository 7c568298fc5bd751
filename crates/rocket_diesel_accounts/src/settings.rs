use rocket::figment::Figment;
use rocket::serde::{Deserialize, Serialize};
use rocket_diesel_sessions::{InvalidSetting, extract_table};

/// What `[default.accounts]` in Rocket.toml may say. Everything has a default.
///
/// ```
/// use rocket::figment::{Figment, providers::{Format, Toml}};
/// use rocket_diesel_accounts::Settings;
///
/// let settings = Settings::extract(&Figment::from(Toml::string("accounts.min_password_length = 20"))).unwrap();
/// assert_eq!(settings.min_password_length, 20);
/// assert!(Settings::extract(&Figment::from(Toml::string("accounts.min_password_length = 2"))).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(crate = "rocket::serde", default, deny_unknown_fields, expecting = "a table such as {min_password_length=15}")]
#[non_exhaustive]
pub struct Settings {
    /// The smallest number of characters of a new password, from 8 to 64. Default: 15, as NIST SP 800-63B-4 asks of a
    /// password that is the only factor. Django: `MinimumLengthValidator`, where it is 8.
    pub min_password_length: usize,
    /// Words that no new password may contain, such as the name of the organization (OWASP ASVS 5.0, 6.1.2 and 6.2.11).
    /// Case does not count. Default: none.
    pub banned_words: Vec<String>,
    /// Whether a proxy in front of this server sets the header that Rocket's `ip_header` names, by default `X-Real-IP`.
    /// Failed sign-ins are also counted by address. If this is false, the address is that of the connection, because any
    /// client can send such a header. Behind a proxy, that is the address of the proxy, and all visitors share one count: so
    /// set it there. Default: false.
    pub behind_proxy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_password_length: 15, banned_words: Vec::new(), behind_proxy: false }
    }
}

impl Settings {
    /// Reads and checks the table `accounts`.
    ///
    /// # Errors
    ///
    /// Returns the first setting that is unknown, misplaced, or has a value that is not allowed.
    pub fn extract(figment: &Figment) -> Result<Self, InvalidSetting> {
        let settings: Self = extract_table(figment, "accounts")?;
        if !(8..=64).contains(&settings.min_password_length) {
            let length = settings.min_password_length;
            return Err(InvalidSetting::new(format!("accounts.min_password_length = {length}: allowed is 8 to 64")));
        }
        if settings.banned_words.iter().any(|word| word.trim().is_empty()) {
            return Err(InvalidSetting::new("accounts.banned_words has an empty word, which is in every password"));
        }
        Ok(settings)
    }
}
