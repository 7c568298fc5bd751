use rocket::{Route, State, get, routes};
use rocket_diesel_sessions::{Result, Session, Sessions};

use crate::site::Site;
use crate::verbs;

#[get("/list/<owner>")]
async fn list(sessions: &State<Sessions>, owner: &str) -> Result<String> {
    Ok(sessions.of_owner(owner).await?.into_iter().map(|listed| listed.handle).collect::<Vec<_>>().join(" "))
}

#[get("/revoke/<owner>/<handle>")]
async fn revoke(sessions: &State<Sessions>, owner: &str, handle: &str) -> Result<String> {
    Ok(sessions.revoke(owner, handle).await?.to_string())
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
async fn end(sessions: &State<Sessions>, handle: &str) -> Result<String> {
    Ok(sessions.end(handle).await?.to_string())
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
    own.into_iter().chain(verbs::routes()).collect()
}

#[rocket::async_test]
async fn an_owner_sees_and_revokes_their_own_sessions_and_nobody_elses() {
    let site = Site::new(routes()).await;
    let (phone, laptop, other) = (site.visitor(), site.visitor(), site.visitor());
    phone.visit("/login/ada").await;
    let of_phone = site.row().session_key;
    site.clock.advance(time::Duration::SECOND);
    laptop.visit("/login/ada").await;
    other.visit("/login/bob").await;

    let listed = laptop.visit("/list/ada").await;
    assert_eq!(listed.split(' ').count(), 2);
    assert!(listed.ends_with(&of_phone), "the newest first");

    assert_eq!(other.visit(&format!("/revoke/bob/{of_phone}")).await, "false", "another's");
    assert_eq!(other.visit("/revoke/bob/nonsense").await, "false");
    assert_eq!(phone.visit("/list/ada").await, listed, "unharmed");
    assert_eq!(laptop.visit(&format!("/revoke/ada/{of_phone}")).await, "true");
    phone.visit("/insert/name/late").await;
    assert_eq!(laptop.visit("/list/ada").await.split(' ').count(), 1, "gone at once");
}

#[rocket::async_test]
async fn a_visitor_ends_all_other_sessions_and_keeps_this_one_even_under_a_new_key() {
    let site = Site::new(routes()).await;
    let (here, there, elsewhere, other) = (site.visitor(), site.visitor(), site.visitor(), site.visitor());
    for visitor in [&here, &there, &elsewhere] {
        visitor.visit("/login/ada").await;
        visitor.visit("/insert/name/ada").await;
    }
    other.visit("/login/bob").await;
    assert_eq!(here.visit("/revoke_others").await, "2");
    assert_eq!(here.visit("/look/name").await, "ada");
    assert_eq!(there.visit("/look/name").await, "");
    assert_eq!(site.visitor().visit("/count").await, "2", "and bob");
    assert_eq!(site.visitor().visit("/revoke_others").await, "0", "nobody is signed in");
    assert_eq!(other.visit("/revoke_all/ada").await, "1");
    assert_eq!(here.visit("/look/name").await, "");
}

#[rocket::async_test]
async fn an_administrator_ends_any_session() {
    let site = Site::new(routes()).await;
    let visitor = site.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let handle = site.row().session_key;
    assert_eq!(site.visitor().visit(&format!("/end/{handle}")).await, "true");
    assert_eq!(site.visitor().visit(&format!("/end/{handle}")).await, "false");
    assert_eq!(visitor.visit("/look/name").await, "");
}

#[rocket::async_test]
async fn clear_expired_deletes_what_has_ended_and_says_how_much() {
    let site = Site::with("sweep_batch = 2", |rocket| rocket.mount("/", routes())).await;
    for _ in 0..5 {
        site.visitor().visit("/insert/name/Bipasha").await;
    }
    site.clock.advance(time::Duration::weeks(2));
    site.visitor().visit("/insert/name/living").await;
    assert_eq!(site.visitor().visit("/clear_expired").await, "5");
    assert_eq!(site.visitor().visit("/clear_expired").await, "0");
    assert_eq!(site.rows().len(), 1);
}

#[rocket::async_test]
async fn the_old_cookie_is_a_stranger_after_a_login_and_after_a_logout() {
    let site = Site::new(routes()).await;
    let visitor = site.visitor();
    visitor.visit("/insert/cart/tea").await;
    let before = visitor.copy();
    visitor.visit("/login/ada").await;
    let signed_in = visitor.copy();
    assert_eq!(before.visit("/look/cart").await, "", "against session fixation");
    visitor.visit("/logout").await;
    assert_eq!(signed_in.visit("/look/cart").await, "", "against replay");
    assert_eq!(site.rows(), []);
}

#[rocket::async_test]
async fn a_row_that_cant_be_read_hides_none_of_its_owners_others() {
    use diesel::prelude::*;

    let site = Site::new(routes()).await;
    let (one, other) = (site.visitor(), site.visitor());
    one.visit("/login/ada").await;
    diesel::sql_query("UPDATE sessions SET session_data = x'ff00'").execute(&mut site.connection()).unwrap();
    other.visit("/login/ada").await;
    assert_eq!(other.visit("/list/ada").await.len(), 64);
}
