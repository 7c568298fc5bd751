use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;

use crate::server::Schema;
use crate::test_app::TestApp;

/// Returns an application, and the statements that it runs.
async fn recorded_app(schema: &Schema) -> (TestApp, Arc<Mutex<Vec<String>>>) {
    let statements = Arc::new(Mutex::new(Vec::new()));
    let recorded = statements.clone();
    let app = schema.app("", |fairing| {
        fairing.instrument(move || {
            let recorded = recorded.clone();
            Box::new(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    recorded.lock().unwrap().push(query.to_string());
                }
            })
        })
    });
    (app.await, statements)
}

/// Returns what the statements do, for example `UPDATE`. Leaves out those that set a new connection up.
fn verbs(statements: &Mutex<Vec<String>>) -> Vec<String> {
    let statements = std::mem::take(&mut *statements.lock().unwrap());
    let sent = statements.iter().filter(|statement| !statement.starts_with("SET "));
    let main = sent.map(|statement| match statement.starts_with("WITH ") {
        true => statement.rsplit(") UPDATE ").next().map(|rest| format!("UPDATE {rest}")).unwrap(),
        false => statement.clone(),
    });
    main.map(|statement| statement.split(' ').next().unwrap().to_owned()).collect()
}

/// Returns what the statements of one request do, after other requests.
async fn verbs_of(path: &str, before: &[&str]) -> Vec<String> {
    let schema = Schema::new();
    let (app, statements) = recorded_app(&schema).await;
    let visitor = app.visitor();
    for path in before {
        visitor.visit(path).await;
    }
    verbs(&statements);
    visitor.visit(path).await;
    verbs(&statements)
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_read_is_one_select_outside_of_a_transaction() {
    assert_eq!(verbs_of("/look/name", &["/insert/name/Bipasha"]).await, ["SELECT"]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_new_session_is_one_insert_outside_of_a_transaction() {
    assert_eq!(verbs_of("/insert/name/Bipasha", &[]).await, ["INSERT"]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_change_is_one_update_outside_of_a_transaction_after_the_load() {
    assert_eq!(verbs_of("/insert/name/Codedec", &["/insert/name/Bipasha"]).await, ["SELECT", "UPDATE"]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_logout_is_one_delete_outside_of_a_transaction_after_the_load() {
    assert_eq!(verbs_of("/logout", &["/login/ada"]).await, ["SELECT", "DELETE"]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_login_is_one_transaction_after_the_load() {
    let verbs = verbs_of("/login/ada", &["/insert/name/Bipasha"]).await;
    assert_eq!(verbs, ["SELECT", "BEGIN", "UPDATE", "INSERT", "COMMIT"]);
}
