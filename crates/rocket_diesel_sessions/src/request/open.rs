use rocket::Request;
use rocket::http::CookieJar;

use super::request_session::RequestSession;
use super::services::Services;
use super::state::State;
use crate::error::{Error, Result};

/// The session of a request, ready to be used.
#[derive(Clone, Copy)]
pub(crate) struct OpenSession<'r> {
    session: &'r RequestSession,
    jar: &'r CookieJar<'r>,
}

/// Opens the session of a request. An error is in the log when this returns.
pub(crate) async fn open<'r>(request: &'r Request<'_>) -> Result<OpenSession<'r>> {
    let services = request.rocket().state::<Services>().ok_or(Error::NotAttached)?;
    let session = RequestSession::of(request);
    // Only one try per request: after it has waited for a locked database, its error page does not wait again.
    if let Some(error) = session.load_error() {
        return Err(error);
    }
    match session.prepare(services, request).await {
        Ok(()) => Ok(OpenSession { session, jar: request.cookies() }),
        Err(error) => {
            error.report(request);
            session.set_load_error(error.clone());
            Err(error)
        }
    }
}

impl OpenSession<'_> {
    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        self.session.read(self.jar, read)
    }

    /// Edits the state. Fails with [`Error::Committed`] if the response has begun.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        self.session.edit(self.jar, edit)
    }
}
