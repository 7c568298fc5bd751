use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use diesel::prelude::*;
use rocket::futures::future::join_all;
use rocket::tokio::{join, spawn};
use rocket_diesel_sessions::db::{Database, DbConnection};
use rocket_diesel_sessions::schema::replaced_keys;
use time::macros::datetime;

use crate::routes;
use crate::server::Schema;
use crate::test_app::SECRET_KEY;

/// Inserts a row if the table is empty. In the first run, does not insert before the other closure has looked too.
async fn insert_the_first(database: Database, key: &'static str, both_have_looked: Arc<Barrier>) -> bool {
    let has_waited = AtomicBool::new(false);
    let insert = move |conn: &mut DbConnection| {
        let rows: i64 = replaced_keys::table.count().get_result(conn)?;
        if !has_waited.swap(true, Ordering::Relaxed) {
            both_have_looked.wait();
        }
        if rows > 0 {
            return Ok(false);
        }
        let row = (
            replaced_keys::old_key.eq(key),
            replaced_keys::new_key.eq(key),
            replaced_keys::expires_at.eq(datetime!(2026-01-01 0:00)),
        );
        diesel::insert_into(replaced_keys::table).values(row).execute(conn)?;
        Ok(true)
    };
    database.write(insert).await.unwrap()
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn two_writes_that_look_at_the_same_moment_have_the_effect_of_one_after_the_other() {
    let schema = Schema::new();
    let database = schema.migrated(|_| ());
    let both_have_looked = Arc::new(Barrier::new(2));
    let write = |key| spawn(insert_the_first(database.clone(), key, both_have_looked.clone()));
    let (one, other) = (write("one"), write("other"));
    let (one, other) = join!(one, other);
    assert!(one.unwrap() != other.unwrap(), "one finds an empty table, and the other one finds its row");
    assert_eq!(schema.count("SELECT count(*) FROM replaced_keys"), 1);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn two_instances_that_save_the_same_two_sessions_in_opposite_order_lose_nothing() {
    const ROUNDS: i64 = 300;

    let schema = Schema::new();
    let one = schema.app("", |fairing| fairing).await;
    let other = one.launch_another(SECRET_KEY, "", |rocket| rocket.mount("/", routes::routes())).await;
    let (ada, bob) = (one.visitor(), one.visitor());
    ada.visit("/insert/name/ada").await;
    bob.visit("/insert/name/bob").await;
    let at_other = |cookie: Option<String>| {
        let visitor = other.visitor();
        visitor.set_cookie(&cookie.unwrap());
        visitor
    };
    let (other_ada, other_bob) = (at_other(ada.cookie()), at_other(bob.cookie()));
    for round in 0..ROUNDS {
        let (path, other_path) = (format!("/insert/one/{round}"), format!("/insert/other/{round}"));
        join!(
            join_all([&ada, &bob].map(|visitor| visitor.visit(&path))),
            join_all([&other_bob, &other_ada].map(|visitor| visitor.visit(&other_path))),
        );
    }
    let rows = one.rows();
    assert_eq!(rows.iter().map(|row| row.version).collect::<Vec<_>>(), [1 + 2 * ROUNDS; 2]);
    let last = format!(r#""one":"{0}","other":"{0}""#, ROUNDS - 1);
    assert!(rows.iter().all(|row| row.session_data.contains(&last)), "{rows:?}");
}
