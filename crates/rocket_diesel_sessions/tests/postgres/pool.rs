use std::sync::{Mutex, mpsc};

use rocket::http::Status;
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

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_commit_that_the_server_does_not_answer_is_503_after_twice_the_timeout_and_others_go_on() {
    let schema = Schema::new();
    let app = schema.app("databases.sessions.timeout = 1", |fairing| fairing).await;
    let (visitor, other) = (app.visitor(), app.visitor());
    visitor.visit("/insert/name/Bipasha").await;
    // The wait is in the commit itself, as the wait for a synchronous standby is.
    schema.run(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(15); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON replaced_keys DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION wait()",
    );
    let page = visitor.get("/login/ada").await;
    assert_eq!(page.status, Status::ServiceUnavailable);
    other.visit("/insert/name/Codedec").await;
    schema.close_connections(); // or this test would wait for the commit at its end
}
