use rocket::fairing::AdHoc;
use rocket::{Build, Rocket};

use crate::error::Result;
use crate::server::LISTENING;

/// Runs an application until it is killed. It prints its port when it is ready, because the port is not known earlier.
pub fn run(application: Rocket<Build>) -> Result {
    let print_port =
        AdHoc::on_liftoff("Port", |rocket| Box::pin(async move { println!("{LISTENING}{}", rocket.config().port) }));
    match rocket::execute(application.attach(print_port).launch()) {
        Ok(_) => Ok(()),
        Err(error) => {
            error.pretty_print();
            Err("the server did not launch".into())
        }
    }
}
