use std::sync::{Mutex, mpsc};

use rocket::tokio::spawn;
use rocket_diesel_sessions::db::{Database, Error};

use crate::server::Schema;

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn while_a_closure_has_the_only_connection_another_one_is_refused_and_sessions_are_still_read_and_changed() {
    let schema = Schema::new();
    let app = schema.app("databases.sessions = { pool_size = 1, timeout = 1 }", |fairing| fairing).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;

    let database = app.client.rocket().state::<Database>().unwrap().clone();
    let ((started, has_started), (release, released)) = (mpsc::channel(), mpsc::channel::<()>());
    let gate = Mutex::new((started, released));
    let holder = database.clone();
    let holding = spawn(async move {
        let hold = move |_: &mut _| {
            let gate = gate.lock().unwrap();
            let _ = (gate.0.send(()), gate.1.recv());
            Ok(())
        };
        holder.read(hold).await
    });
    has_started.recv().unwrap();
    assert!(matches!(database.read(|_| Ok(())).await, Err(Error::Busy)));
    assert!(matches!(database.write(|_| Ok(())).await, Err(Error::Busy)));
    assert_eq!(visitor.visit("/look/name").await, "Bipasha");
    visitor.visit("/insert/name/Codedec").await;
    drop(release);
    holding.await.unwrap().unwrap();
    database.read(|_| Ok(())).await.unwrap();
}
