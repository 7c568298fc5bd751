use std::pin::pin;
use std::task::{Context, Poll, Waker};

use diesel::connection::SimpleConnection;
use rocket::tokio::task::yield_now;
use rocket::tokio::{join, spawn};
use rocket_diesel_sessions::{Columns, DieselStore, Handle, Record, Store};
use time::{Duration, OffsetDateTime};

use crate::server::Schema;

/// Begins a session in the store.
async fn create(store: DieselStore, digit: &str) {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let columns = Columns {
        session_data: "{}",
        expire_date: now + Duration::HOUR,
        created_at: now,
        version: 1,
        owner: None,
        expiry: None,
    };
    let handle: Handle = digit.repeat(64).parse().unwrap();
    store.create(&handle, &Record::from_columns(columns).unwrap(), None, now).await.unwrap();
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_new_session_whose_request_has_gone_while_it_waited_is_not_saved() {
    let schema = Schema::new();
    let store = DieselStore::new(schema.migrated(|_| ()));
    let mut other = schema.connection();
    other.batch_execute("BEGIN; LOCK TABLE sessions IN EXCLUSIVE MODE").unwrap();
    let first = spawn(create(store.clone(), "1"));
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}' AND wait_event_type = 'Lock'",
        schema.name()
    );
    while schema.count(&waiting) == 0 {
        yield_now().await;
    }
    {
        let mut second = pin!(create(store.clone(), "2"));
        let polled = second.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending), "it waits behind the first one");
    }
    other.batch_execute("COMMIT").unwrap();
    first.await.unwrap();
    create(store, "3").await;
    assert_eq!(schema.count("SELECT count(*) FROM sessions"), 2);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_row_that_can_not_be_read_is_an_empty_session_and_does_not_harm_others() {
    let schema = Schema::new();
    let app = schema.app("", |fairing| fairing).await;
    let (one, other) = (app.visitor(), app.visitor());
    one.visit("/insert/name/Bipasha").await;
    schema.run("UPDATE sessions SET expire_date = 'infinity'");
    other.visit("/insert/name/Ada").await;
    let pages = join!(one.visit("/look/name"), other.visit("/look/name"));
    assert_eq!(pages, (String::new(), "Ada".to_owned()));
}
