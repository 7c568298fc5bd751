use std::convert::Infallible;
use std::net::IpAddr;

use rocket::Request;
use rocket::request::{FromRequest, Outcome};
use rocket_diesel_sessions::Record;
use woothee::parser::{Parser, WootheeResult};

use crate::settings::Settings;

/// From where a request comes: the address and the browser. A request guard that never fails.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub(crate) address: Option<IpAddr>,
    pub(crate) user_agent: Option<String>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Client {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        /// Longer ones only fill the table.
        const LONGEST: usize = 300;

        let settings = request.rocket().state::<Settings>();
        let address = match settings.is_some_and(|settings| settings.behind_proxy) {
            true => request.client_ip(),
            false => request.remote().map(|remote| remote.ip()), // anybody can send the header
        };
        let user_agent = request.headers().get_one("User-Agent");
        let user_agent = user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(LONGEST).collect());
        Outcome::Success(Self { address, user_agent })
    }
}

/// The value of a login under which the session keeps the User-Agent header of the sign-in.
pub(crate) const DEVICE: &str = "device";

/// Returns the User-Agent header with which somebody signed in to a session.
pub(crate) fn user_agent(record: &Record) -> Option<&str> {
    record.login_values.get(DEVICE)?.as_str()
}

/// Returns the browser and the system of a User-Agent header in words.
pub(crate) fn describe(user_agent: &str) -> String {
    let Some(WootheeResult { name, os, category, .. }) = Parser::new().parse(user_agent) else {
        return "Unknown browser".into();
    };
    let name = match (name, category) {
        ("UNKNOWN", _) => "Unknown browser",
        (_, "misc") => "A program",
        (name, _) => name,
    };
    match os {
        "UNKNOWN" => name.into(),
        "Mac OSX" => format!("{name} on macOS"),
        os if os.starts_with("Windows ") => format!("{name} on Windows"), // browsers name 10 for 11 too
        os => format!("{name} on {os}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_described_by_its_browser_and_its_system() {
        let linux = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 \
                   Safari/605.1.15";
        let phone = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                     Mobile Safari/537.36";
        let cases = [
            (linux, "Firefox on Linux"),
            (mac, "Safari on macOS"),
            (phone, "Chrome on Android"),
            ("curl/8.5.0", "A program"),
            ("<script>alert(1)</script>", "Unknown browser"),
            ("", "Unknown browser"),
        ];
        for (user_agent, expected) in cases {
            assert_eq!(describe(user_agent), expected);
        }
    }
}
