use rand::distr::{Alphanumeric, SampleString};
use rocket::http::{Cookie, CookieJar};

use crate::settings::MARKER_NAME;

/// A cookie in Rocket's jar that stands for the changes of one attempt.
///
/// Rocket drops the cookies of a handler that fails, and with them the marker. So the marker says whether the handler
/// succeeded. It never reaches the browser: the fairing takes it out of the response. Its value is random, so that nobody
/// can guess it.
pub(crate) struct Marker(String);

impl Marker {
    /// Puts a new marker into the jar.
    pub fn queue(jar: &CookieJar<'_>) -> Self {
        let value = Alphanumeric.sample_string(&mut rand::rng(), 22); // 130 bits
        jar.add(Cookie::new(MARKER_NAME, value.clone()));
        Self(value)
    }

    /// Returns whether the marker is in the jar. If not, Rocket has dropped it, or has put it into the response.
    pub fn is_in(&self, jar: &CookieJar<'_>) -> bool {
        jar.get_pending(MARKER_NAME).is_some_and(|cookie| cookie.value() == self.0)
    }

    pub fn is(&self, value: &str) -> bool {
        self.0 == value
    }
}
