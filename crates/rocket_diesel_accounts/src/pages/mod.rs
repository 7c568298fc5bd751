//! The pages under `/accounts`.
//!
//! `login` signs in and out, `password` changes the password, `sessions` lists the user's own sessions and ends them. `confirm`
//! asks for the password again.

mod confirm;
mod login;
mod password;
mod sessions;
mod stylesheet;

use rocket::{Route, routes};

pub(crate) fn routes() -> Vec<Route> {
    routes![
        login::form,
        login::sign_in,
        login::sign_out,
        password::form,
        password::change,
        sessions::list,
        sessions::end,
        stylesheet::stylesheet,
    ]
}
