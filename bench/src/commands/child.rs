//! What this program does in its child processes.

use rocket::Config;
use rocket::fairing::AdHoc;
use rocket_diesel_sessions::Sessions;

use crate::{Outcome, served, server};

/// Serves until it is killed. The port is said when it answers, because only then is it known.
pub fn serve() -> Outcome {
    let told = AdHoc::on_liftoff("Port", |rocket| {
        Box::pin(async move { println!("{}{}", server::LISTENING, rocket.config().port) })
    });
    match rocket::execute(served::rocket().attach(told).launch()) {
        Ok(_) => Ok(()),
        Err(error) => {
            error.pretty_print();
            Err("the server was not launched".into())
        }
    }
}

/// The tutorial's command of that name.
pub fn clearsessions() -> Outcome {
    rocket::execute(async {
        Sessions::open(&Config::figment())?.clear_expired().await?;
        Ok(())
    })
}
