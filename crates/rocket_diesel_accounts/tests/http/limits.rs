use time::Duration;

use crate::test_app::{PASSWORD, Rank, TestApp};
use crate::visitor::Visitor;

/// Fails to sign in as often as `times` says, each time from a browser that `visitor` returns.
async fn fail<'s>(times: usize, name: &str, visitor: impl Fn(usize) -> Visitor<'s>) {
    for number in 0..times {
        let page = visitor(number).sign_in(name, "wrong").await;
        assert_eq!(page.status.code, 200, "failure {number} of {name} should be checked");
    }
}

#[rocket::async_test]
async fn after_the_fifth_failure_each_attempt_has_to_wait_twice_as_long() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    fail(5, "ada", |_| app.visitor()).await;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let page = app.visitor().sign_in("ada", "wrong").await;
        assert_eq!((page.status.code, page.retry_after()), (429, Some(seconds)));
        app.clock.advance(Duration::seconds(seconds as i64 - 1));
        assert_eq!(app.visitor().sign_in("ada", "wrong").await.retry_after(), Some(1));
        app.clock.advance(Duration::SECOND);
        fail(1, "ada", |_| app.visitor()).await;
    }
}

#[rocket::async_test]
async fn while_an_attempt_has_to_wait_the_right_password_is_refused_too() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    fail(5, "ada", |_| app.visitor()).await;
    let visitor = app.visitor();
    let page = visitor.sign_in("ada", PASSWORD).await;
    assert_eq!(page.status.code, 429);
    assert_eq!(page.texts(".error"), ["There were too many attempts. Wait a second, and try again."]);
    assert!(!visitor.is_signed_in().await);
    app.clock.advance(Duration::SECOND);
    assert_eq!(visitor.sign_in("ada", PASSWORD).await.status.code, 303, "the wait has ended");
}

#[rocket::async_test]
async fn a_name_that_nobody_has_is_made_to_wait_like_any_other() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    let mut pages = Vec::new();
    for (name, address) in [("ada", "192.0.2.1"), ("bob", "192.0.2.2")] {
        fail(5, name, |_| app.visitor().at(address)).await;
        let page = app.visitor().at(address).sign_in(name, "wrong").await;
        pages.push((page.status, page.retry_after(), page.body.replace(name, "")));
    }
    assert_eq!(pages[0].0.code, 429);
    assert_eq!(pages[0], pages[1]);
}

#[rocket::async_test]
async fn a_sign_in_clears_the_failures_of_its_name() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    for _ in 0..3 {
        fail(4, "ada", |_| app.visitor()).await;
        app.sign_in("ada").await;
    }
}

#[rocket::async_test]
async fn a_sign_in_with_an_attackers_own_account_does_not_clear_the_failures_of_their_address() {
    let app = TestApp::new().await;
    app.add("eve", Rank::User);
    for number in 0..20 {
        fail(1, &format!("victim{number}"), |_| app.visitor()).await;
        if number < 19 {
            app.sign_in("eve").await;
        }
    }
    assert_eq!(app.visitor().sign_in("victim20", "wrong").await.status.code, 429);
}

#[rocket::async_test]
async fn a_failure_is_forgotten_after_a_day() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    app.add("bob", Rank::User);
    fail(4, "ada", |_| app.visitor()).await;
    app.clock.advance(Duration::DAY + Duration::SECOND);
    fail(4, "ada", |_| app.visitor()).await;
    app.clock.advance(Duration::DAY + Duration::SECOND);
    app.sign_in("bob").await;
    assert_eq!(app.counters(), 0, "the table does not grow without end");
}

#[rocket::async_test]
async fn a_hundred_failures_with_one_name_from_many_addresses_make_everybody_wait_a_minute_at_most() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    fail(1, "ada", |_| app.visitor().at("198.51.100.1")).await;
    for (number, (failures, wait)) in [(99, None), (101, Some(2)), (10_000, Some(60))].into_iter().enumerate() {
        app.sql(&format!("UPDATE sign_in_attempts SET failures = {failures}"));
        let page = app.visitor().at(&format!("203.0.113.{number}")).sign_in("ADA", "wrong").await;
        assert_eq!(page.retry_after(), wait, "after {failures} failures");
    }
}

#[rocket::async_test]
async fn a_stranger_who_fails_with_a_name_does_not_keep_its_user_out_of_a_new_browser_elsewhere() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    fail(5, "ada", |_| app.visitor().at("203.0.113.1")).await;
    assert_eq!(app.visitor().at("203.0.113.1").sign_in("ada", PASSWORD).await.status.code, 429);
    assert_eq!(app.visitor().at("198.51.100.1").sign_in("ada", PASSWORD).await.status.code, 303);
}

#[rocket::async_test]
async fn failures_from_one_address_are_counted_across_names() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    for number in 0..20 {
        fail(1, &format!("user{number}"), |_| app.visitor()).await;
    }
    assert_eq!(app.visitor().sign_in("ada", PASSWORD).await.status.code, 429);
    assert_eq!(app.visitor().at("192.0.2.2").sign_in("ada", PASSWORD).await.status.code, 303, "another address");
}

#[rocket::async_test]
async fn a_header_that_any_client_can_send_does_not_change_the_address() {
    let app = TestApp::new().await;
    for number in 0..20 {
        let address = format!("198.51.100.{number}");
        fail(1, &format!("user{number}"), |_| app.visitor().header("X-Real-IP", &address)).await;
    }
    let page = app.visitor().header("X-Real-IP", "203.0.113.1").sign_in("user20", "wrong").await;
    assert_eq!(page.status.code, 429);
    assert!(app.audit_log().iter().all(|entry| entry.address.as_deref() == Some("192.0.2.1")));
}

#[rocket::async_test]
async fn behind_a_proxy_the_address_is_the_one_that_the_proxy_names() {
    let app = TestApp::with_settings("accounts.behind_proxy = true").await;
    for number in 0..20 {
        fail(1, &format!("user{number}"), |_| app.visitor().header("X-Real-IP", "198.51.100.1")).await;
    }
    let page = app.visitor().header("X-Real-IP", "198.51.100.1").sign_in("user20", "wrong").await;
    assert_eq!(page.status.code, 429);
    let page = app.visitor().header("X-Real-IP", "198.51.100.2").sign_in("user20", "wrong").await;
    assert_eq!(page.status.code, 200, "another visitor behind the same proxy");
    assert_eq!(app.last_audit(), "- / sign-in failed / - / unknown name / 198.51.100.2");
}

#[rocket::async_test]
async fn an_ipv6_customer_who_changes_the_address_within_their_network_stays_the_same() {
    let app = TestApp::new().await;
    for number in 0..20 {
        fail(1, &format!("user{number}"), |_| app.visitor().at(&format!("2001:db8:1:2:{number}::1"))).await;
    }
    let attempt = |address: &str| app.visitor().at(address);
    assert_eq!(attempt("2001:db8:1:2:ffff::9").sign_in("user20", "wrong").await.status.code, 429);
    assert_eq!(attempt("2001:db8:1:3::1").sign_in("user20", "wrong").await.status.code, 200, "another network");
}

#[rocket::async_test]
async fn strangers_who_fail_with_a_name_do_not_keep_its_user_out_of_a_browser_that_has_signed_in_before() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    visitor.post("/accounts/logout/", &[]).await;
    fail(5, "ada", |_| app.visitor()).await; // from the same address
    assert_eq!(app.visitor().sign_in("ada", PASSWORD).await.status.code, 429, "a new browser has to wait");
    assert_eq!(visitor.sign_in("ada", PASSWORD).await.status.code, 303);
}

#[rocket::async_test]
async fn a_known_browser_has_limits_of_its_own() {
    let app = TestApp::new().await;
    let stolen = app.signed_in("ada", Rank::User).await;
    fail(5, "ada", |_| stolen.copy()).await;
    assert_eq!(stolen.copy().sign_in("ada", PASSWORD).await.status.code, 429);
    assert_eq!(app.visitor().sign_in("ada", PASSWORD).await.status.code, 303, "the others don't wait for it");
}

#[rocket::async_test]
async fn a_browser_is_known_for_its_own_user_only_and_by_a_cookie_that_this_server_made() {
    let app = TestApp::new().await;
    let ada = app.add("ada", Rank::User);
    let eve = app.signed_in("eve", Rank::User).await;
    let forger = app.visitor();
    forger.set_cookie("known_device", "/accounts", &format!("{ada}.00000000000000000000000000000000"));
    fail(5, "ada", |_| app.visitor()).await;
    for attacker in [eve, forger] {
        assert_eq!(attacker.sign_in("ada", PASSWORD).await.status.code, 429);
    }
}

#[rocket::async_test]
async fn if_a_table_is_away_nobody_is_signed_in() {
    for table in ["sign_in_attempts", "audit_log", "users"] {
        let app = TestApp::new().await;
        app.add("ada", Rank::User);
        app.sql(&format!("ALTER TABLE {table} RENAME TO away"));
        let visitor = app.visitor();
        assert_eq!(visitor.sign_in("ada", PASSWORD).await.status.code, 503, "{table}");
        assert_eq!((app.sessions(), visitor.cookies()), (vec![], vec![]), "{table}");
    }
}

#[rocket::async_test]
async fn the_table_of_failures_shows_nothing_of_what_was_typed() {
    let app = TestApp::new().await;
    app.visitor().sign_in("hunter2hunter2", "swordfish").await;
    let dump = app.dump();
    assert!(dump.iter().all(|text| !text.contains("hunter2") && !text.contains("swordfish")), "{dump:?}");
}
