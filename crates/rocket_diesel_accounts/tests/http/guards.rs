use rocket::http::Status;
use time::Duration;

use crate::test_app::{NEW_PASSWORD, Rank, TestApp};

#[rocket::async_test]
async fn a_page_with_the_guard_user_sends_a_visitor_who_is_not_signed_in_to_the_sign_in_page() {
    let app = TestApp::new().await;
    let page = app.visitor().get("/me").await;
    assert_eq!(page.answer(), (303, Some("/accounts/login/?next=%2Fme")));
    assert_eq!(page.body, "");
    assert_eq!(app.signed_in("ada", Rank::User).await.visit("/me").await, "ada");
}

#[rocket::async_test]
async fn a_page_with_an_optional_user_is_for_everybody() {
    let app = TestApp::new().await;
    assert_eq!(app.visitor().visit("/maybe").await, "nobody");
    assert_eq!(app.signed_in("ada", Rank::User).await.visit("/maybe").await, "ada");
}

#[rocket::async_test]
async fn a_page_with_the_guard_staff_user_sends_visitors_to_the_sign_in_page_and_refuses_other_users() {
    let app = TestApp::new().await;
    assert_eq!(app.visitor().get("/staff").await.answer(), (303, Some("/accounts/login/?next=%2Fstaff")));
    assert_eq!(app.signed_in("ada", Rank::User).await.get("/staff").await.answer(), (403, None));
    assert_eq!(app.signed_in("bob", Rank::Staff).await.visit("/staff").await, "bob");
}

#[rocket::async_test]
async fn a_401_of_the_applications_own_code_stays_a_401() {
    let app = TestApp::new().await;
    assert_eq!(app.visitor().get("/token").await.answer(), (401, None));
}

#[rocket::async_test]
async fn what_the_guards_say_is_read_at_each_request() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::Staff).await;
    app.sql("UPDATE users SET is_staff = 0");
    assert_eq!(visitor.get("/staff").await.status, Status::Forbidden);
    app.sql("UPDATE users SET is_staff = 1, name = 'Ada'");
    assert_eq!(visitor.visit("/staff").await, "Ada");
}

#[rocket::async_test]
async fn a_staff_member_who_loses_staff_while_a_page_is_open_can_do_nothing_with_it() {
    let app = TestApp::new().await;
    let bob = app.signed_in("bob", Rank::User).await;
    let visitor = app.signed_in("ada", Rank::Superuser).await;
    let page = visitor.get("/admin/sessions/").await;
    let handle = page.attributes("[name=handle]", "value").remove(0);
    let before = (app.users(), app.sessions(), app.audit_log());
    for lost in ["is_staff = 0", "is_staff = 0, is_superuser = 0", "is_superuser = 0"] {
        app.sql("UPDATE users SET is_staff = 1, is_superuser = 1 WHERE name = 'ada'");
        app.sql(&format!("UPDATE users SET {lost} WHERE name = 'ada'"));
        let id = &app.user("bob").id;
        let paths = [format!("/admin/users/{id}/"), format!("/admin/users/{id}/password/"), "/admin/users/add/".into()];
        for path in paths {
            let fields = [("name", "x"), ("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)];
            assert_eq!(visitor.post(&path, &fields).await.status, Status::Forbidden, "{lost}: {path}");
        }
        if lost.contains("staff") {
            let fields = [("handle", handle.as_str()), ("confirmed", "true")];
            assert_eq!(visitor.post("/admin/sessions/", &fields).await.status, Status::Forbidden, "{lost}");
        }
    }
    app.sql("UPDATE users SET is_staff = 1, is_superuser = 1 WHERE name = 'ada'");
    assert_eq!((app.users(), app.sessions(), app.audit_log()), before);
    assert!(bob.is_signed_in().await);
}

#[rocket::async_test]
async fn a_session_that_has_expired_is_not_signed_in() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    app.clock.advance(Duration::weeks(2));
    assert!(!visitor.is_signed_in().await);
}

#[rocket::async_test]
async fn if_the_users_are_away_a_page_answers_503_and_lets_nobody_in() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::Superuser).await;
    app.sql("ALTER TABLE users RENAME TO away");
    for path in ["/me", "/staff", "/admin/", "/result"] {
        assert_eq!(visitor.get(path).await.status, Status::ServiceUnavailable, "{path}");
    }
    assert_eq!(visitor.visit("/maybe").await, "nobody");
}

#[rocket::async_test]
async fn an_application_can_make_an_account_and_sign_its_user_in() {
    let app = TestApp::new().await;
    let visitor = app.visitor();
    let page = visitor.post("/register", &[("name", "ada"), ("password", NEW_PASSWORD)]).await;
    assert_eq!(page.answer(), (303, Some("/me")));
    assert_eq!(visitor.visit("/me").await, "ada");
    let user = app.user("ada");
    assert_eq!((user.is_staff, user.is_superuser, user.is_active), (0, 0, 1));
    for (name, password) in [("ADA", NEW_PASSWORD), ("a b", NEW_PASSWORD), ("bob", "short")] {
        let page = app.visitor().post("/register", &[("name", name), ("password", password)]).await;
        assert_eq!(page.status, Status::UnprocessableEntity, "{name}");
    }
    assert_eq!(app.users().len(), 1);
}

#[rocket::async_test]
async fn an_owner_whom_the_application_signs_in_in_a_way_of_its_own_keeps_their_session() {
    let app = TestApp::new().await;
    let customer = app.visitor();
    customer.visit("/forge/customer").await;
    customer.visit("/insert/cart/tea").await;
    assert_eq!(customer.get("/me").await.status.code, 303, "they are no user");
    assert_eq!(customer.visit("/look/cart").await, "tea");
}
