//! What an operator watches: metrics for Prometheus, and a log for programs. Both are off by default. `docs/watch.md` says
//! how to turn them on.

mod json_log;
mod metrics;
mod request_id;
#[cfg(test)]
mod tests;

pub use json_log::set_up_log;

use json_log::LogFormat;
use request_id::RequestId;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Request, Response, Rocket};

/// Serves the metrics, and gives each request an id if the log is JSON. Attach it first, so that the lines of the other
/// fairings have the id, too.
pub struct Watch;

#[rocket::async_trait]
impl Fairing for Watch {
    fn info(&self) -> Info {
        Info { name: "Watch", kind: Kind::Ignite | Kind::Request | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        let format = LogFormat::extract(rocket.figment());
        match format.and_then(|format| metrics::serve(rocket.figment()).map(|()| format)) {
            Ok(format) => Ok(rocket.manage(format)),
            Err(reason) => {
                rocket::error!("{reason}");
                Err(rocket)
            }
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        if request.rocket().state() == Some(&LogFormat::Json) {
            RequestId::begin(request);
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if request.rocket().state() == Some(&LogFormat::Json) {
            response.set_raw_header(request_id::HEADER, RequestId::begin(request).as_str());
        }
    }
}
