use std::sync::Barrier;

use diesel::connection::SimpleConnection;
use rocket_diesel_sessions::MIGRATIONS;
use rocket_diesel_sessions::db::{Config, Database};

use crate::server::Schema;

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
fn of_many_instances_that_are_launched_on_an_empty_schema_at_once_one_migrates_and_all_succeed() {
    const INSTANCES: usize = 12;

    let schema = Schema::new();
    let start = Barrier::new(INSTANCES);
    let launch = || {
        start.wait();
        Database::connect(&Config::new(&schema.url)).unwrap().migrate(&MIGRATIONS).unwrap()
    };
    let applied: Vec<Vec<String>> = std::thread::scope(|scope| {
        let launches: Vec<_> = (0..INSTANCES).map(|_| scope.spawn(launch)).collect();
        launches.into_iter().map(|launch| launch.join().unwrap()).collect()
    });
    assert_eq!(applied.iter().filter(|names| !names.is_empty()).count(), 1, "{applied:?}");
    let recorded = schema.count("SELECT count(*) FROM __diesel_schema_migrations");
    assert_eq!(applied.concat().len() as i64, recorded);
    Schema::open(&schema.url, "session.auto_migrate = false").unwrap();
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
fn a_dropped_table_stops_the_launch_with_a_command_for_psql_after_which_the_launch_makes_it_again() {
    let schema = Schema::new();
    Schema::open(&schema.url, "").unwrap();
    schema.run("DROP TABLE sessions");
    let message = Schema::open(&schema.url, "").err().unwrap();
    let command = message.split('`').nth(1).unwrap();
    let [psql, server, option, sql, _] = <[&str; 5]>::try_from(command.split('"').collect::<Vec<_>>()).unwrap();
    assert_eq!((psql, option), ("psql ", " -c "));
    assert!(message.contains("no table sessions") && server.starts_with("postgres://localhost:"), "{message}");
    schema.run(sql);
    Schema::open(&schema.url, "").unwrap();
    schema.run("SELECT owner FROM sessions");
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_role_that_may_not_create_tables_can_run_a_migrated_application() {
    let mut schema = Schema::new();
    Schema::open(&schema.url, "").unwrap();
    let (name, role) = (schema.name().to_owned(), format!("role_of_{}", schema.name()));
    schema.run(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {name} TO {role}; \
         GRANT SELECT ON __diesel_schema_migrations TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, replaced_keys TO {role}"
    ));
    schema.url = schema.url.replace("tester@", &format!("{role}@"));
    let denied = schema.connection().batch_execute("CREATE TABLE another (id INT)").unwrap_err();
    assert!(denied.to_string().contains("permission denied"), "{denied}");

    let app = schema.app("session.auto_migrate = false", |fairing| fairing).await;
    let visitor = app.visitor();
    for path in ["/insert/name/Bipasha", "/login/ada", "/insert/name/Codedec"] {
        visitor.visit(path).await;
    }
    assert_eq!(visitor.visit("/look/name").await, "Codedec");
    visitor.visit("/logout").await;
    assert_eq!(app.rows(), []);
}
