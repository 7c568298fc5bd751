use diesel::connection::SimpleConnection;
use rocket::http::Status;
use rocket::{Route, State, get, routes};
use rocket_diesel_sessions::{Handle, Page, Result, Session, Sessions};

use crate::routes;
use crate::test_app::{Row, TestApp};

#[get("/list/<owner>")]
async fn list(sessions: &State<Sessions>, owner: &str) -> Result<String> {
    Ok(sessions
        .of_owner(owner, Page::first())
        .await?
        .iter()
        .map(|listed| listed.handle.to_string())
        .collect::<Vec<_>>()
        .join(" "))
}

#[get("/revoke/<owner>/<handle>")]
async fn revoke(sessions: &State<Sessions>, owner: &str, handle: Handle) -> Result<String> {
    Ok(sessions.revoke(owner, &handle).await?.to_string())
}

#[get("/revoke_all/<owner>")]
async fn revoke_all(sessions: &State<Sessions>, owner: &str) -> Result<String> {
    Ok(sessions.revoke_all(owner).await?.to_string())
}

#[get("/revoke_others")]
async fn revoke_others(session: Session<'_>, sessions: &State<Sessions>) -> Result<String> {
    session.cycle_key();
    Ok(sessions.revoke_others(&session).await?.to_string())
}

#[get("/end/<handle>")]
async fn end(sessions: &State<Sessions>, handle: Handle) -> Result<String> {
    Ok(sessions.end(&handle).await?.to_string())
}

#[get("/count")]
async fn count(sessions: &State<Sessions>) -> Result<String> {
    Ok(sessions.count().await?.to_string())
}

#[get("/clear_expired")]
async fn clear_expired(sessions: &State<Sessions>) -> Result<String> {
    Ok(sessions.clear_expired().await?.to_string())
}

fn routes() -> Vec<Route> {
    let management = routes![list, revoke, revoke_all, revoke_others, end, count, clear_expired];
    management.into_iter().chain(routes::routes()).collect()
}

#[rocket::async_test]
async fn an_owner_can_list_and_revoke_only_their_own_sessions() {
    let app = TestApp::new(routes()).await;
    let (phone, laptop, other) = (app.visitor(), app.visitor(), app.visitor());
    phone.visit("/login/ada").await;
    let phone_handle = app.row().session_key;
    app.clock.advance(time::Duration::SECOND);
    laptop.visit("/login/ada").await;
    other.visit("/login/bob").await;

    let listed = laptop.visit("/list/ada").await;
    assert_eq!(listed.split(' ').count(), 2);
    assert!(listed.ends_with(&phone_handle), "the newest session comes first");

    assert_eq!(other.visit(&format!("/revoke/bob/{phone_handle}")).await, "false", "the session of another owner");
    assert_eq!(other.visit(&format!("/revoke/bob/{}", "0a".repeat(32))).await, "false", "an unknown handle");
    assert_eq!(other.get("/revoke/bob/nonsense").await.status, Status::UnprocessableEntity, "not a handle");
    assert_eq!(phone.visit("/list/ada").await, listed, "the session of the phone is still there");
    assert_eq!(laptop.visit(&format!("/revoke/ada/{phone_handle}")).await, "true");
    phone.visit("/insert/name/late").await;
    assert_eq!(laptop.visit("/list/ada").await.split(' ').count(), 1, "the revoked session is gone at once");
}

#[rocket::async_test]
async fn revoke_others_keeps_the_current_session_even_under_a_new_key() {
    let app = TestApp::new(routes()).await;
    let (here, there, elsewhere, other) = (app.visitor(), app.visitor(), app.visitor(), app.visitor());
    for visitor in [&here, &there, &elsewhere] {
        visitor.visit("/login/ada").await;
        visitor.visit("/insert/name/ada").await;
    }
    other.visit("/login/bob").await;
    assert_eq!(here.visit("/revoke_others").await, "2");
    assert_eq!(here.visit("/look/name").await, "ada");
    assert_eq!(there.visit("/look/name").await, "");
    assert_eq!(app.visitor().visit("/count").await, "2", "the sessions of ada and bob");
    assert_eq!(app.visitor().visit("/revoke_others").await, "0", "the visitor is not signed in");
    assert_eq!(other.visit("/revoke_all/ada").await, "1");
    assert_eq!(here.visit("/look/name").await, "");
}

#[rocket::async_test]
async fn an_administrator_can_end_any_session() {
    let app = TestApp::new(routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let handle = app.row().session_key;
    assert_eq!(app.visitor().visit(&format!("/end/{handle}")).await, "true");
    assert_eq!(app.visitor().visit(&format!("/end/{handle}")).await, "false");
    assert_eq!(visitor.visit("/look/name").await, "");
}

#[rocket::async_test]
async fn clear_expired_deletes_expired_rows_and_returns_their_number() {
    let app = TestApp::with_settings("sweep_batch = 2", |rocket| rocket.mount("/", routes())).await;
    for _ in 0..5 {
        app.visitor().visit("/insert/name/Bipasha").await;
    }
    app.clock.advance(time::Duration::weeks(2));
    app.visitor().visit("/insert/name/living").await;
    assert_eq!(app.visitor().visit("/clear_expired").await, "5");
    assert_eq!(app.visitor().visit("/clear_expired").await, "0");
    assert_eq!(app.rows().len(), 1);
}

#[rocket::async_test]
async fn the_old_cookie_opens_nothing_after_a_login_or_a_logout() {
    let app = TestApp::new(routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/cart/tea").await;
    let before_login = visitor.copy();
    visitor.visit("/login/ada").await;
    let before_logout = visitor.copy();
    assert_eq!(before_login.visit("/look/cart").await, "", "against session fixation");
    visitor.visit("/logout").await;
    assert_eq!(before_logout.visit("/look/cart").await, "", "against replay");
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn an_unreadable_row_does_not_hide_the_owners_other_sessions() {
    let app = TestApp::new(routes()).await;
    let (one, other) = (app.visitor(), app.visitor());
    one.visit("/login/ada").await;
    let unreadable = if app.is_sqlite() { "x'ff00'" } else { "'not JSON'" };
    app.connection().batch_execute(&format!("UPDATE sessions SET session_data = {unreadable}")).unwrap();
    other.visit("/login/ada").await;
    assert_eq!(other.visit("/list/ada").await.len(), 64);
}

#[rocket::async_test]
async fn a_login_beyond_max_sessions_per_owner_ends_the_oldest_session() {
    for engine in ["db", "memory"] {
        let settings = format!("engine = '{engine}'\nmax_sessions_per_owner = 2");
        let app = TestApp::with_settings(&settings, |rocket| rocket.mount("/", routes())).await;
        let devices = [app.visitor(), app.visitor(), app.visitor(), app.visitor()];
        for device in &devices {
            app.clock.advance(time::Duration::SECOND);
            device.visit("/login/ada").await;
            device.visit("/insert/name/Ada").await;
            assert_eq!(device.visit("/look/name").await, "Ada", "the login just made is never ended");
        }
        app.visitor().visit("/login/bob").await;
        let mut open = Vec::new();
        for device in &devices {
            open.push(device.visit("/look/name").await);
        }
        assert_eq!((open[0].as_str(), open[3].as_str()), ("", "Ada"), "{engine}");
        assert_eq!(open.iter().filter(|name| *name == "Ada").count(), 2, "{engine}");
        assert_eq!(devices[3].visit("/count").await, "3", "the sessions of others stay");
    }
}

#[rocket::async_test]
async fn all_sessions_of_an_owner_end_in_bounded_batches() {
    let app = TestApp::new(routes()).await;
    let template = {
        app.visitor().visit("/login/ada").await;
        app.row()
    };
    let rows: Vec<Row> =
        (0..500).map(|number| Row { session_key: format!("{number:064x}"), ..template.clone() }).collect();
    app.insert_rows(&rows);
    app.take_statements();
    assert_eq!(app.visitor().visit("/revoke_all/ada").await, "501");
    assert_eq!(app.rows(), []);
    let deletes = app.take_statements().into_iter().filter(|statement| statement.starts_with("DELETE")).count();
    assert!(deletes > 2, "{deletes} transactions for 501 sessions");
}

#[rocket::async_test]
async fn logins_of_one_second_do_not_end_each_other() {
    let app = TestApp::with_settings("max_sessions_per_owner = 1", |rocket| rocket.mount("/", routes())).await;
    let (one, other) = (app.visitor(), app.visitor());
    rocket::tokio::join!(one.visit("/login/ada"), other.visit("/login/ada"));
    assert_eq!(app.rows().len(), 2);
    app.clock.advance(time::Duration::SECOND);
    other.visit("/login/ada").await;
    assert_eq!(app.rows().len(), 1, "the next login ends all but itself");
}
