use std::process::Command;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::server::Schema;

/// Returns the URL of the schema for connections that are encrypted, to a server that has a certificate of this authority.
fn url_with_tls(schema: &Schema, authority: &str) -> String {
    assert!(schema.url.contains("sslmode=disable"), "{}", schema.url);
    schema.url.replace("sslmode=disable", &format!("sslmode=verify-full&sslrootcert={authority}"))
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn with_verify_full_and_the_right_authority_the_connection_is_encrypted() {
    let schema = Schema::new();
    let authority = std::env::var("TEST_CA").expect("TEST_CA should be a file: run this test with .ci/with_postgres");
    let database = schema.migrated(|config| config.url = url_with_tls(&schema, &authority));
    let is_encrypted = sql::<Bool>("(SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())");
    let answer = database.read(move |conn| diesel::select(is_encrypted.clone()).get_result::<bool>(conn)).await;
    assert!(answer.unwrap());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
fn with_another_authority_the_launch_fails_and_says_so() {
    let schema = Schema::new();
    let path = |name| schema.folder.path().join(name).to_str().unwrap().to_owned();
    let arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=another"];
    let made = Command::new("openssl").args(arguments).args(["-keyout", &path("key"), "-out", &path("crt")]).output();
    assert!(made.unwrap().status.success());
    let message = Schema::open(&url_with_tls(&schema, &path("crt")), "").err().unwrap();
    assert!(message.contains("can't be opened") && message.contains("certificate verify failed"), "{message}");
}
