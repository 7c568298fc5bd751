//! One request's session, on its way from the cookie to the commit.
//!
//! 1. `load`: the cookie is read, and one lookup finds the record.
//! 2. `change`: the handlers edit a `state` in memory.
//! 3. `decide`: when the response is ready, the state says what the store has to do.
//! 4. `commit`: the store does it.
//! 5. `answer`: the response gets the session's cookie, or an error page (`error_response`).
//!
//! Rocket drops the cookies of a handler that fails. `request_session` recognizes this by a `marker` cookie that stands for
//! the changes, and then starts again for the catcher. So a session changes exactly when Rocket sends its cookie.

mod answer;
mod change;
mod commit;
mod decide;
mod error_response;
mod load;
mod loaded;
mod marker;
mod open;
mod request_session;
mod services;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use answer::answer;
pub(crate) use open::{OpenSession, open};
pub(crate) use services::Services;
pub(crate) use state::State;
