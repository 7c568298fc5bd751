use rocket::http::Status;

use crate::test_app::{PASSWORD, Rank, TestApp};

#[rocket::async_test]
async fn the_right_name_and_password_sign_in() {
    let app = TestApp::new().await;
    app.add("Ada", Rank::User);
    let visitor = app.visitor();
    let page = visitor.sign_in("Ada", PASSWORD).await;
    assert_eq!(page.answer(), (303, Some("/accounts/sessions/")));
    assert_eq!(visitor.visit("/me").await, "Ada");
    assert_eq!(app.user("Ada").last_login, Some(app.clock.column()));
}

#[rocket::async_test]
async fn a_sign_in_gives_the_session_a_new_key_and_keeps_its_data() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    let visitor = app.visitor();
    visitor.visit("/insert/cart/tea").await;
    let planted = visitor.copy(); // an attacker has put this cookie into the browser
    visitor.sign_in("ada", PASSWORD).await;
    assert_eq!(visitor.visit("/look/cart").await, "tea");
    assert!(visitor.is_signed_in().await);
    assert!(!planted.is_signed_in().await);
    assert_eq!(planted.visit("/look/cart").await, "", "the old key opens nothing");
}

#[rocket::async_test]
async fn a_wrong_name_a_wrong_password_and_a_deactivated_user_get_the_same_page() {
    let app = TestApp::new().await;
    for name in ["ada", "eve"] {
        app.add(name, Rank::User);
    }
    app.sql("UPDATE users SET is_active = 0 WHERE name = 'eve'");
    let mut pages = Vec::new();
    for (name, password) in [("ada", "wrong"), ("bob", "wrong"), ("bob", PASSWORD), ("eve", "wrong"), ("eve", PASSWORD)]
    {
        let visitor = app.visitor();
        let page = visitor.sign_in(name, password).await;
        assert_eq!(page.texts(".error"), ["The name or the password is wrong."]);
        assert!(!visitor.is_signed_in().await);
        let headers =
            ["Content-Type", "Cache-Control", "Set-Cookie", "Retry-After"].map(|name| page.header(name).join(""));
        pages.push((page.status, headers, page.body.replace(&format!("value=\"{name}\""), "value=\"\"")));
    }
    assert_eq!(pages[0].0, Status::Ok);
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
}

#[rocket::async_test]
async fn the_page_of_a_wrong_sign_in_keeps_the_name_and_the_next_page_and_not_the_password() {
    let app = TestApp::new().await;
    let fields = [("username", "ada"), ("password", "hunter2hunter2"), ("next", "/get/")];
    let page = app.visitor().post("/accounts/login/", &fields).await;
    assert_eq!(page.attributes("[name=username]", "value"), ["ada"]);
    assert_eq!(page.attributes("[name=next]", "value"), ["/get/"]);
    assert!(!page.body.contains("hunter2"));
}

#[rocket::async_test]
async fn a_name_is_the_same_in_any_case_and_form_of_its_letters() {
    let app = TestApp::new().await;
    app.add("Ada", Rank::User);
    for name in ["ada", "ADA", "Ada", "ａｄａ"] {
        assert_eq!(app.visitor().sign_in(name, PASSWORD).await.status, Status::SeeOther, "{name}");
    }
}

#[rocket::async_test]
async fn a_password_is_verified_exactly_as_it_was_typed() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    let upper = PASSWORD.to_uppercase();
    let cases = [" ", "\n", "\0", "x"].map(|end| format!("{PASSWORD}{end}"));
    let wrong = [format!(" {PASSWORD}"), upper, PASSWORD[..PASSWORD.len() - 1].into(), String::new()];
    for (index, password) in cases.iter().chain(&wrong).enumerate() {
        app.clock.advance(time::Duration::DAY);
        app.clock.advance(time::Duration::SECOND);
        let page = app.visitor().sign_in("ada", password).await;
        assert_eq!(page.status, Status::Ok, "{index}: {password:?}");
    }
    assert_eq!(app.visitor().sign_in("ada", PASSWORD).await.status, Status::SeeOther);
}

#[rocket::async_test]
async fn a_long_password_is_not_cut() {
    let app = TestApp::new().await;
    let long = format!("{} walrus", "many different words in a row ".repeat(30));
    app.accounts().create_user("ada", &long).await.unwrap();
    assert_eq!(app.visitor().sign_in("ada", long.trim_end_matches("walrus")).await.status, Status::Ok);
    assert_eq!(app.visitor().sign_in("ada", &long).await.status, Status::SeeOther);
}

#[rocket::async_test]
async fn a_name_that_nobody_has_is_not_written_into_the_audit_log() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    app.visitor().sign_in("my secret password", "x").await;
    assert_eq!(app.last_audit(), "- / sign-in failed / - / unknown name / 192.0.2.1");
    app.visitor().sign_in("ada", "x").await;
    assert_eq!(app.last_audit(), "- / sign-in failed / ada / - / 192.0.2.1");
}

#[rocket::async_test]
async fn the_sign_in_page_says_how_to_make_the_first_user_only_while_there_is_none_in_a_teaching_profile() {
    const HINT: &str = "createsuperuser";

    let app = TestApp::new().await;
    assert!(app.visitor().visit("/accounts/login/").await.contains(HINT));
    app.add("ada", Rank::User);
    assert!(!app.visitor().visit("/accounts/login/").await.contains(HINT));

    let app = TestApp::with_profile("release").await;
    assert!(!app.visitor().visit("/accounts/login/").await.contains(HINT));
}

#[rocket::async_test]
async fn a_visitor_who_is_signed_in_gets_the_form_too() {
    let app = TestApp::new().await;
    app.add("bob", Rank::User);
    let visitor = app.signed_in("ada", Rank::User).await;
    let page = visitor.get("/accounts/login/").await;
    assert_eq!((page.status, page.texts("form button")), (Status::Ok, vec!["Sign out ada".into(), "Sign in".into()]));
    visitor.sign_in("bob", PASSWORD).await;
    assert_eq!(visitor.visit("/me").await, "bob");
}

#[rocket::async_test]
async fn a_sign_in_as_somebody_else_starts_an_empty_session() {
    let app = TestApp::new().await;
    app.add("bob", Rank::User);
    let visitor = app.signed_in("ada", Rank::User).await;
    visitor.visit("/insert/cart/tea").await;
    visitor.sign_in("bob", PASSWORD).await;
    assert_eq!(visitor.visit("/look/cart").await, "");
}

#[rocket::async_test]
async fn the_cookie_of_a_known_device_is_for_the_accounts_pages_and_out_of_reach_of_scripts() {
    let app = TestApp::with_profile("release").await;
    app.add("ada", Rank::User);
    let page = app.visitor().sign_in("ada", PASSWORD).await;
    let cookie = page.header("Set-Cookie").into_iter().find(|header| header.starts_with("known_device=")).unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/accounts", "Max-Age=31536000"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
}
