//! A trigger fails the first statement on sessions as the server does that finds a conflict, or a deadlock.

use diesel::prelude::*;
use rocket_diesel_sessions::db::{Database, DbConnection};
use rocket_diesel_sessions::schema::sessions;

use crate::server::Schema;
use crate::test_app::TestApp;

/// Fails the next statement that changes a row of `sessions`. The sequence counts the calls, because a transaction that is
/// rolled back does not undo it.
fn fail_the_next(schema: &Schema, code: &str) {
    let message = match code {
        "40001" => "could not serialize access",
        "40P01" => "deadlock detected",
        _ => panic!("{code}"),
    };
    schema.run(&format!(
        "CREATE SEQUENCE calls;
         CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF nextval('calls') = 1 THEN RAISE EXCEPTION '{message}' USING ERRCODE = '{code}'; END IF;
             IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER fail_once BEFORE INSERT OR UPDATE OR DELETE ON sessions
             FOR EACH ROW EXECUTE FUNCTION fail_once()"
    ));
}

fn calls(schema: &Schema) -> i64 {
    schema.count("SELECT last_value FROM calls")
}

/// Requests `path`, after others. Its first statement that changes a row fails, for each reason. Calls `check` after it.
async fn visit_with_failure(path: &str, before: &[&str], check: impl Fn(&TestApp)) {
    for code in ["40001", "40P01"] {
        let schema = Schema::new();
        let app = schema.app("", |fairing| fairing).await;
        let visitor = app.visitor();
        for path in before {
            visitor.visit(path).await;
        }
        fail_the_next(&schema, code);
        visitor.visit(path).await;
        assert_eq!(calls(&schema), 2, "{code}: it failed, and ran again");
        check(&app);
    }
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_change_that_meets_a_conflict_or_a_deadlock_is_saved_once() {
    visit_with_failure("/insert/name/Codedec", &["/insert/name/Bipasha"], |app| {
        assert_eq!((app.row().version, app.data()["name"].as_str()), (2, Some("Codedec")));
    })
    .await;
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_new_session_that_meets_a_conflict_or_a_deadlock_is_saved_once() {
    visit_with_failure("/insert/name/Bipasha", &[], |app| assert_eq!(app.row().version, 1)).await;
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_login_that_meets_a_conflict_or_a_deadlock_is_saved_once() {
    visit_with_failure("/login/ada", &["/insert/name/Bipasha"], |app| {
        assert_eq!((app.row().version, app.row().owner.as_deref()), (2, Some("ada")));
    })
    .await;
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_logout_that_meets_a_conflict_or_a_deadlock_ends_the_session() {
    visit_with_failure("/logout", &["/login/ada"], |app| assert_eq!(app.rows(), [])).await;
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_write_of_the_application_that_meets_a_conflict_or_a_deadlock_runs_again() {
    for code in ["40001", "40P01"] {
        let schema = Schema::new();
        let app = schema.app("", |fairing| fairing).await;
        app.visitor().visit("/insert/name/Bipasha").await;
        fail_the_next(&schema, code);
        let database = app.client.rocket().state::<Database>().unwrap();
        let one_more = |conn: &mut DbConnection| {
            diesel::update(sessions::table).set(sessions::version.eq(sessions::version + 1)).execute(conn)
        };
        assert_eq!(database.write(one_more).await.unwrap(), 1, "{code}");
        assert_eq!((calls(&schema), app.row().version), (2, 2), "{code}");
    }
}
