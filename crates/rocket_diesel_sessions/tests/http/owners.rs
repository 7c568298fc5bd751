use rocket::http::Status;
use rocket::{Route, State, get, routes};
use rocket_diesel_sessions::{Handle, Page, Result, Session, Sessions};

use crate::routes;
use crate::test_app::TestApp;

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
    let own = routes![list, revoke, revoke_all, revoke_others, end, count, clear_expired];
    own.into_iter().chain(routes::routes()).collect()
}

#[rocket::async_test]
async fn an_owner_sees_and_revokes_their_own_sessions_and_nobody_elses() {
    let app = TestApp::new(routes()).await;
    let (phone, laptop, other) = (app.visitor(), app.visitor(), app.visitor());
    phone.visit("/login/ada").await;
    let of_phone = app.row().session_key;
    app.clock.advance(time::Duration::SECOND);
    laptop.visit("/login/ada").await;
    other.visit("/login/bob").await;

    let listed = laptop.visit("/list/ada").await;
    assert_eq!(listed.split(' ').count(), 2);
    assert!(listed.ends_with(&of_phone), "the newest first");

    assert_eq!(other.visit(&format!("/revoke/bob/{of_phone}")).await, "false", "another's");
    assert_eq!(other.visit(&format!("/revoke/bob/{}", "0a".repeat(32))).await, "false", "an unknown handle");
    assert_eq!(other.get("/revoke/bob/nonsense").await.status, Status::UnprocessableEntity, "not a handle");
    assert_eq!(phone.visit("/list/ada").await, listed, "unharmed");
    assert_eq!(laptop.visit(&format!("/revoke/ada/{of_phone}")).await, "true");
    phone.visit("/insert/name/late").await;
    assert_eq!(laptop.visit("/list/ada").await.split(' ').count(), 1, "gone at once");
}

#[rocket::async_test]
async fn a_visitor_ends_all_other_sessions_and_keeps_this_one_even_under_a_new_key() {
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
    assert_eq!(app.visitor().visit("/count").await, "2", "and bob");
    assert_eq!(app.visitor().visit("/revoke_others").await, "0", "nobody is signed in");
    assert_eq!(other.visit("/revoke_all/ada").await, "1");
    assert_eq!(here.visit("/look/name").await, "");
}

#[rocket::async_test]
async fn an_administrator_ends_any_session() {
    let app = TestApp::new(routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let handle = app.row().session_key;
    assert_eq!(app.visitor().visit(&format!("/end/{handle}")).await, "true");
    assert_eq!(app.visitor().visit(&format!("/end/{handle}")).await, "false");
    assert_eq!(visitor.visit("/look/name").await, "");
}

#[rocket::async_test]
async fn clear_expired_deletes_what_has_ended_and_says_how_much() {
    let app = TestApp::with("sweep_batch = 2", |rocket| rocket.mount("/", routes())).await;
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
async fn the_old_cookie_is_a_stranger_after_a_login_and_after_a_logout() {
    let app = TestApp::new(routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/cart/tea").await;
    let before = visitor.copy();
    visitor.visit("/login/ada").await;
    let signed_in = visitor.copy();
    assert_eq!(before.visit("/look/cart").await, "", "against session fixation");
    visitor.visit("/logout").await;
    assert_eq!(signed_in.visit("/look/cart").await, "", "against replay");
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn a_row_that_cant_be_read_hides_none_of_its_owners_others() {
    use diesel::prelude::*;

    let app = TestApp::new(routes()).await;
    let (one, other) = (app.visitor(), app.visitor());
    one.visit("/login/ada").await;
    diesel::sql_query("UPDATE sessions SET session_data = x'ff00'").execute(&mut app.connection()).unwrap();
    other.visit("/login/ada").await;
    assert_eq!(other.visit("/list/ada").await.len(), 64);
}
