use rocket::Config;
use rocket::figment::Figment;

use super::check;
use super::fields::Settings;
use super::invalid::InvalidSetting;
use super::table::extract_table;

impl Settings {
    /// Reads and checks the settings of the figment's profile. Without a table `session`, all settings have their
    /// defaults.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rocket::figment::{Figment, providers::{Format, Toml}};
    /// use rocket_diesel_sessions::Settings;
    ///
    /// let figment = Figment::from(Toml::string("session.cookie_age = '5 days'"));
    /// let settings = Settings::extract(&figment).unwrap();
    /// assert_eq!(settings.cookie_age, Duration::from_secs(432_000));
    ///
    /// let figment = Figment::from(Toml::string("session.cookie_age = -1"));
    /// let error = Settings::extract(&figment).unwrap_err().to_string();
    /// assert!(error.contains("cookie_age") && error.contains("-1"), "{error}");
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the first setting that is unknown, has a value that is not allowed, or excludes another setting.
    pub fn extract(figment: &Figment) -> Result<Self, InvalidSetting> {
        let mut settings: Self = extract_table(figment, "session")?;
        // Without TLS, a server on the developer's own machine speaks plain HTTP.
        if figment.profile() == Config::DEBUG_PROFILE && !figment.contains("session.cookie_secure") {
            settings.cookie_secure = Config::try_from(figment).is_ok_and(|config| config.tls_enabled());
        }
        check::check(&settings).map_err(|refused| refused.into_invalid(figment))?;
        Ok(settings)
    }
}
