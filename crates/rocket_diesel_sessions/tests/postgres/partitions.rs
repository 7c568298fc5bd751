use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rocket_diesel_sessions::DieselStore;
use rocket_diesel_sessions::testing::check_store;

use crate::server::Schema;

/// Runs a migration in a transaction, as `psql -1` does.
fn migrate(schema: &Schema, file: &str) {
    let path = format!("{}/../../docs/postgres/partition-sessions/{file}", env!("CARGO_MANIFEST_DIR"));
    let statements = std::fs::read_to_string(path).unwrap();
    schema.connection().transaction(|conn| conn.batch_execute(&statements)).unwrap();
}

/// Returns how many tables the rows of `sessions` are in.
fn tables(schema: &Schema) -> i64 {
    schema.count("SELECT count(DISTINCT tableoid) FROM sessions")
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn the_store_passes_the_conformance_suite_on_a_partitioned_table() {
    check_store(async || {
        let schema = Schema::new();
        let database = schema.migrated(|_| ());
        migrate(&schema, "up.sql");
        assert_eq!(schema.count("SELECT count(*) FROM pg_partition_tree('sessions') WHERE isleaf"), 16);
        DieselStore::new(database)
    })
    .await;
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn the_table_is_partitioned_and_plain_again_with_the_same_rows_while_the_application_runs() {
    let schema = Schema::new();
    let app = schema.app("", |fairing| fairing).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    for number in 0..30 {
        app.visitor().visit(&format!("/login/owner{number}")).await;
    }
    let rows = || {
        let mut rows = app.rows();
        rows.sort_by(|a, b| a.session_key.cmp(&b.session_key));
        rows
    };
    let before = rows();
    migrate(&schema, "up.sql");
    assert!(tables(&schema) > 1);
    assert_eq!(rows(), before);
    assert_eq!(visitor.visit("/look/name").await, "Bipasha");
    migrate(&schema, "down.sql");
    assert_eq!(tables(&schema), 1);
    assert_eq!(rows(), before);
    visitor.visit("/insert/name/Codedec").await;
    assert_eq!(visitor.visit("/look/name").await, "Codedec");
}
