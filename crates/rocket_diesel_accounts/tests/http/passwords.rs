use argon2::{Argon2, Params, PasswordHasher};
use rocket::tokio::join;
use time::Duration;

use crate::routes::Breakpoint;
use crate::test_app::{NEW_PASSWORD, PASSWORD, Rank, TestApp};
use crate::visitor::{Page, Visitor};

async fn change(visitor: &Visitor<'_>, old: &str, new: &str, again: &str) -> Page {
    let fields = [("old_password", old), ("new_password1", new), ("new_password2", again)];
    visitor.post("/accounts/password/", &fields).await
}

#[rocket::async_test]
async fn a_password_is_changed_with_the_old_one_only() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    let before = app.user("ada");
    for wrong in ["", "wrong", NEW_PASSWORD] {
        let page = change(&visitor, wrong, NEW_PASSWORD, NEW_PASSWORD).await;
        assert_eq!((page.status.code, page.texts("#old_error")), (200, vec!["The password is wrong.".into()]));
        assert_eq!(app.user("ada"), before);
    }
    assert_eq!(
        change(&visitor, PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await.answer(),
        (303, Some("/accounts/sessions/"))
    );
    assert_eq!(app.visitor().sign_in("ada", PASSWORD).await.status.code, 200);
    assert_eq!(app.visitor().sign_in("ada", NEW_PASSWORD).await.status.code, 303);
}

#[rocket::async_test]
async fn guesses_of_the_old_password_are_limited_too() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    for _ in 0..5 {
        assert_eq!(change(&visitor, "wrong", NEW_PASSWORD, NEW_PASSWORD).await.status.code, 200);
    }
    let page = change(&visitor, PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await;
    assert_eq!((page.status.code, page.retry_after()), (429, Some(1)));
    app.clock.advance(Duration::SECOND);
    assert_eq!(change(&visitor, PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await.status.code, 303);
}

#[rocket::async_test]
async fn a_new_password_that_is_refused_is_refused_with_its_reasons() {
    let app = TestApp::with_settings("accounts.banned_words = ['initech']").await;
    let visitor = app.signed_in("lovelace", Rank::User).await;
    let before = app.user("lovelace");
    for (new, again, reason) in [
        ("x7#kQ!v2", "x7#kQ!v2", "The password has 8 characters. It needs at least 15."),
        (NEW_PASSWORD, "seven green umbrellas sink", "The two new passwords are not the same."),
        ("umbrella Lovelace kettle", "umbrella Lovelace kettle", "The password contains the name."),
        ("umbrella Initech kettle", "umbrella Initech kettle", "The password contains the word \"initech\""),
        ("qwertyuiopasdfgh", "qwertyuiopasdfgh", "The password is too easy to guess."),
    ] {
        let page = change(&visitor, PASSWORD, new, again).await;
        assert_eq!(page.status.code, 200);
        assert!(page.texts("#new_errors p").iter().any(|text| text.starts_with(reason)), "{reason}: {}", page.body);
        assert_eq!(app.user("lovelace"), before);
    }
}

#[rocket::async_test]
async fn a_changed_password_ends_all_other_sessions_and_this_one_goes_on_under_a_new_key() {
    for engine in ["db", "memory", "cookie"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let visitor = app.signed_in("ada", Rank::User).await;
        let (phone, stolen) = (app.sign_in("ada").await, visitor.copy());
        let bob = app.signed_in("bob", Rank::User).await;
        change(&visitor, PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await;
        assert!(visitor.is_signed_in().await, "{engine}");
        assert!(!phone.is_signed_in().await, "{engine}");
        assert!(!stolen.is_signed_in().await, "{engine}: the key from before opens nothing");
        assert!(bob.is_signed_in().await, "{engine}: the sessions of others stay");
    }
}

#[rocket::async_test]
async fn the_rows_of_the_other_sessions_are_deleted_by_a_change_of_the_password() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    app.sign_in("ada").await;
    change(&visitor, PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await;
    assert_eq!(app.sessions().len(), 1);
    let message = visitor.get("/accounts/sessions/").await.texts(".message");
    assert_eq!(message, ["Your password is changed. Your other session has ended."]);
}

/// Signs in as ada, and lets something happen between the check of her password and the sign-in.
async fn interrupted_sign_in(app: &TestApp, meanwhile: impl AsyncFnOnce()) -> Visitor<'_> {
    let breakpoint = app.client.rocket().state::<Breakpoint>().unwrap();
    let late = app.visitor();
    let meanwhile = async {
        breakpoint.reached.acquire().await.unwrap().forget();
        meanwhile().await;
        breakpoint.resume.add_permits(1);
    };
    let (page, ()) = join!(late.get("/slow/log_in/ada"), meanwhile);
    assert_eq!(page.status.code, 200);
    late
}

#[rocket::async_test]
async fn a_sign_in_that_was_on_its_way_when_the_password_changed_is_not_signed_in() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    let late = interrupted_sign_in(&app, async || {
        change(&visitor, PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await;
    })
    .await;
    assert!(!late.is_signed_in().await);
    assert!(visitor.is_signed_in().await);
}

#[rocket::async_test]
async fn a_sign_in_that_was_on_its_way_when_the_user_was_deactivated_is_not_signed_in_later_either() {
    let app = TestApp::new().await;
    let id = app.add("ada", Rank::User);
    let root = app.signed_in("root", Rank::Superuser).await;
    let (path, fields) = (format!("/admin/users/{id}/"), [("name", "ada"), ("is_active", "true")]);
    let late = interrupted_sign_in(&app, async || {
        root.post(&path, &fields[..1]).await;
    })
    .await;
    assert!(!late.is_signed_in().await);
    root.post(&path, &fields).await;
    assert!(!late.is_signed_in().await, "the user is active again");
    assert!(app.sign_in("ada").await.is_signed_in().await);
}

#[rocket::async_test]
async fn a_hash_with_outdated_parameters_is_replaced_at_the_sign_in_and_nobody_is_signed_out() {
    let app = TestApp::new().await;
    let phone = app.signed_in("ada", Rank::User).await;
    let weak = Argon2::new(Default::default(), Default::default(), Params::new(8192, 1, 1, None).unwrap());
    let weak = weak.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    app.sql(&format!("UPDATE users SET password_hash = '{weak}'"));
    let before = app.user("ada");
    app.visitor().sign_in("ada", "wrong").await;
    assert_eq!(app.user("ada"), before, "a wrong password upgrades nothing");
    let visitor = app.sign_in("ada").await;
    let after = app.user("ada");
    assert!(after.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", after.password_hash);
    assert_eq!(after.stamp, before.stamp);
    assert!(phone.is_signed_in().await && visitor.is_signed_in().await);
    app.sign_in("ada").await;
    assert_eq!(app.user("ada").password_hash, after.password_hash, "once is enough");
}

#[rocket::async_test]
async fn an_owner_that_the_application_names_without_a_check_is_not_signed_in() {
    let app = TestApp::new().await;
    let id = app.add("ada", Rank::Superuser);
    let stamp = app.user("ada").stamp;
    let forger = app.visitor();
    forger.visit(&format!("/forge/{id}")).await;
    forger.visit(&format!("/insert/stamp/{}", stamp.replace(' ', "%20"))).await; // a value of the data, not of the login
    assert_eq!(forger.get("/me").await.answer(), (303, Some("/accounts/login/?next=%2Fme")));
    assert_eq!(forger.visit("/maybe").await, "nobody");
    for path in ["/admin/", "/accounts/sessions/", "/accounts/password/"] {
        assert_eq!(forger.get(path).await.status.code, 303, "{path}");
    }
}

#[rocket::async_test]
async fn a_stamp_that_is_no_text_counts_as_wrong() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    for stamp in ["null", "1", "[]", "{}", "\"\""] {
        app.sql(&format!("UPDATE sessions SET session_data = '{{\"$login\":{{\"stamp\":{stamp}}}}}'"));
        assert_eq!(visitor.get("/me").await.status.code, 303, "{stamp}");
    }
}

#[rocket::async_test]
async fn a_cleared_session_stays_signed_in() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    visitor.visit("/insert/cart/tea").await;
    visitor.visit("/clear").await;
    assert_eq!(visitor.visit("/look/cart").await, "");
    assert!(visitor.is_signed_in().await, "the stamp is not a value of the data");
}

#[rocket::async_test]
async fn a_deactivated_user_is_signed_out_at_once_and_an_activation_brings_no_session_back() {
    for engine in ["db", "memory", "cookie"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let visitor = app.signed_in("ada", Rank::User).await;
        let path = format!("/admin/users/{}/", app.user("ada").id);
        let root = app.signed_in("root", Rank::Superuser).await;
        root.post(&path, &[("name", "ada")]).await;
        assert!(!visitor.is_signed_in().await, "{engine}");
        root.post(&path, &[("name", "ada"), ("is_active", "true")]).await;
        assert!(!visitor.is_signed_in().await, "{engine}: the user is active again");
        assert!(app.sign_in("ada").await.is_signed_in().await, "{engine}");
    }
}

#[rocket::async_test]
async fn a_user_who_is_deleted_or_deactivated_by_another_program_is_signed_out_at_once() {
    for statement in ["UPDATE users SET is_active = 0", "DELETE FROM users", "UPDATE users SET stamp = 'new'"] {
        let app = TestApp::new().await;
        let visitor = app.signed_in("ada", Rank::User).await;
        app.sql(statement);
        assert!(!visitor.is_signed_in().await, "{statement}");
    }
}
