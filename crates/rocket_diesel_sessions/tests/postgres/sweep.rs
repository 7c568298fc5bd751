use diesel::connection::SimpleConnection;

use crate::server::Schema;

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn instances_that_sweep_at_the_same_moment_do_not_wait_for_each_other() {
    let schema = Schema::new();
    schema.migrated(|_| ());
    schema.run(
        "INSERT INTO sessions (session_key, session_data, expire_date, created_at, version) \
         SELECT repeat(md5(number::text), 2), '{}', '2020-01-01', '2020-01-01', 1 FROM generate_series(1, 10) number; \
         INSERT INTO replaced_keys SELECT number::text, 'new', '2020-01-01' FROM generate_series(1, 10) number",
    );
    let sessions = Schema::open(&schema.url, "").unwrap();
    let mut other = schema.connection();
    let lock_four_of =
        |table| format!("BEGIN; SELECT FROM {table} WHERE ctid = ANY (SELECT ctid FROM {table} LIMIT 4) FOR UPDATE");

    other.batch_execute(&lock_four_of("sessions")).unwrap();
    assert_eq!(sessions.clear_expired().await.unwrap(), 6, "the other instance has 4 of 10");
    other.batch_execute("ROLLBACK").unwrap();
    other.batch_execute(&lock_four_of("replaced_keys")).unwrap();
    assert_eq!(sessions.clear_expired().await.unwrap(), 4);
    assert_eq!(schema.count("SELECT count(*) FROM replaced_keys"), 4);
    other.batch_execute("ROLLBACK").unwrap();
    sessions.clear_expired().await.unwrap();
    assert_eq!(schema.count("SELECT count(*) FROM replaced_keys"), 0);
}
