use rocket::figment::Figment;
use serde::de::DeserializeOwned;

use super::check::refuse_near_misses;
use super::invalid::InvalidSetting;
use crate::error_text::describe;

/// Reads a table of Rocket.toml, for example `accounts` for `[default.accounts]`. Without it, all settings have their
/// defaults. For the settings of libraries and applications that use this one.
///
/// A misspelt place that Rocket would ignore is refused: the environment variable `ROCKET_ACCOUNTS_…`, the profile
/// `[accounts]`, or the table `account`. Let serde refuse misspelt names inside: `deny_unknown_fields`.
///
/// ```
/// use rocket::figment::{Figment, providers::{Format, Toml}};
/// use rocket::serde::Deserialize;
/// use rocket_diesel_sessions::extract_table;
///
/// #[derive(Debug, Default, Deserialize)]
/// #[serde(crate = "rocket::serde", default, deny_unknown_fields)]
/// struct Shop {
///     currency: String,
/// }
///
/// let shop: Shop = extract_table(&Figment::from(Toml::string("shop.currency = 'INR'")), "shop").unwrap();
/// assert_eq!(shop.currency, "INR");
/// let error = extract_table::<Shop>(&Figment::from(Toml::string("shop.curency = 'INR'")), "shop").unwrap_err();
/// assert!(error.to_string().contains("curency"), "{error}");
/// ```
///
/// # Errors
///
/// Returns the first setting that is unknown, misplaced, or has a value of a wrong type.
pub fn extract_table<T: DeserializeOwned + Default>(figment: &Figment, table: &str) -> Result<T, InvalidSetting> {
    refuse_near_misses(figment, table)?;
    match figment.contains(table) {
        true => figment.extract_inner(table).map_err(|error| InvalidSetting::new(describe(table, error))),
        false => Ok(T::default()),
    }
}
