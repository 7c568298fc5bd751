use rocket::http::Status;

use crate::server::Schema;

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_login_of_an_owner_with_a_nul_is_answered_with_503_and_saves_nothing() {
    let schema = Schema::new();
    let app = schema.app("", |fairing| fairing).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.rows();
    let page = visitor.get("/login/ada%00").await;
    assert_eq!((page.status, page.set_cookie().is_none()), (Status::ServiceUnavailable, true));
    assert_eq!(app.rows(), before);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn a_key_and_a_value_with_a_nul_are_stored() {
    let schema = Schema::new();
    let app = schema.app("", |fairing| fairing).await;
    let visitor = app.visitor();
    visitor.visit("/insert/a%00b/c%00d").await;
    assert_eq!(visitor.visit("/look/a%00b").await, "c\0d");
}
