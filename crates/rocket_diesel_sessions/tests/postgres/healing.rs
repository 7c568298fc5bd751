use diesel::prelude::*;
use rocket_diesel_sessions::db::Database;
use rocket_diesel_sessions::schema::sessions;

use crate::server::Schema;

/// Requests `path`, after others, directly after the server has closed all connections. Returns the number of rows, and the
/// version of the only one.
async fn visit_after_close(path: &str, before: &[&str]) -> Vec<i64> {
    let schema = Schema::new();
    let app = schema.app("", |fairing| fairing).await;
    let visitor = app.visitor();
    for path in before {
        visitor.visit(path).await;
    }
    schema.close_connections();
    visitor.visit(path).await;
    app.rows().iter().map(|row| row.version).collect()
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_session_is_read_directly_after_the_server_has_closed_all_connections() {
    assert_eq!(visit_after_close("/look/name", &["/insert/name/Bipasha"]).await, [1]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_session_is_changed_directly_after_the_server_has_closed_all_connections() {
    assert_eq!(visit_after_close("/insert/name/Codedec", &["/insert/name/Bipasha"]).await, [2]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_session_begins_directly_after_the_server_has_closed_all_connections() {
    assert_eq!(visit_after_close("/insert/name/Bipasha", &[]).await, [1]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_visitor_signs_in_directly_after_the_server_has_closed_all_connections() {
    assert_eq!(visit_after_close("/login/ada", &["/insert/name/Bipasha"]).await, [2]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_visitor_signs_out_directly_after_the_server_has_closed_all_connections() {
    assert_eq!(visit_after_close("/logout", &["/login/ada"]).await, [0; 0]);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn an_application_reads_and_writes_directly_after_the_server_has_closed_all_connections() {
    let schema = Schema::new();
    let app = schema.app("", |fairing| fairing).await;
    app.visitor().visit("/insert/name/Bipasha").await;
    let database = app.client.rocket().state::<Database>().unwrap();
    schema.close_connections();
    assert_eq!(database.write(|conn| diesel::delete(sessions::table).execute(conn)).await.unwrap(), 1);
    schema.close_connections();
    assert_eq!(database.read(|conn| sessions::table.count().get_result::<i64>(conn)).await.unwrap(), 0);
}
