//! What Rocket.toml may say about sessions, read and checked at launch.
//!
//! `fields` lists the settings, `extract` reads them, `check` refuses what is not allowed, and `lifetime` says what they
//! mean for a session. `table` reads a table of any library. `profile` knows the tutorial's profiles and its published secret key.

mod check;
mod choices;
mod duration;
mod extract;
mod fields;
mod invalid;
mod lifetime;
mod profile;
mod table;

pub(crate) use check::MARKER_NAME;
pub use choices::{Engine, SameSite};
pub use fields::Settings;
pub use invalid::InvalidSetting;
pub(crate) use lifetime::refuse_growth;
pub use profile::{PUBLISHED_KEY, TEACHING_PROFILES, is_teaching_profile};
pub(crate) use profile::{check_secret_key, has_published_key};
pub use table::extract_table;
