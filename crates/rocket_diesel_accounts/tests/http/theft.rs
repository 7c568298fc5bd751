//! What a thief has of what is stolen.

use rocket::http::{Cookie, RawStr};
use time::Duration;

use crate::log;
use crate::test_app::{NEW_PASSWORD, PASSWORD, Rank, TestApp};

#[rocket::async_test]
async fn a_cookie_that_an_attacker_planted_before_the_sign_in_opens_nothing_after_it() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        app.add("ada", Rank::User);
        let attacker = app.visitor();
        attacker.visit("/insert/cart/planted").await;
        let victim = attacker.copy();
        assert_eq!(victim.sign_in("ada", PASSWORD).await.status.code, 303);
        for path in ["/me", "/accounts/sessions/"] {
            assert_eq!(attacker.get(path).await.status.code, 303, "{engine}: {path}");
        }
        victim.visit("/insert/cart/tea").await;
        assert_eq!(attacker.visit("/look/cart").await, "", "{engine}");
    }
}

#[rocket::async_test]
async fn no_text_of_a_stolen_database_signs_anybody_in() {
    let app = TestApp::new().await;
    let ada = app.signed_in("ada", Rank::Superuser).await;
    ada.visit("/insert/cart/tea").await;
    app.visitor().sign_in("ada", "wrong").await;
    let dump = app.dump();
    assert!(dump.len() > 10, "{dump:?}");
    // All that could be taken for a key: the texts, and their parts.
    let parts = dump.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()));
    for text in dump.iter().map(String::as_str).chain(parts).filter(|text| text.len() > 3) {
        let plain = RawStr::new(text).percent_encode().to_string();
        // Even a thief who can make the server's private cookies has no key to put into one.
        let request = app.client.get("/").private_cookie(Cookie::new("sessionid", text.to_owned()));
        let sealed = request.inner().cookies().get("sessionid").unwrap().value().to_owned();
        for value in [plain.as_str(), &RawStr::new(&sealed).percent_encode().to_string()] {
            let thief = app.visitor();
            thief.set_cookie("sessionid", "/", value);
            assert_eq!(thief.visit("/maybe").await, "nobody", "{text}");
            assert_eq!(thief.visit("/look/cart").await, "", "{text}");
        }
    }
    let user = app.user("ada");
    for text in [&user.password_hash, &user.stamp, &user.id] {
        app.clock.advance(Duration::HOUR);
        assert_eq!(app.visitor().sign_in("ada", text).await.status.code, 200, "{text}");
    }
}

#[rocket::async_test]
async fn no_password_is_in_the_database_or_in_the_log() {
    let app = TestApp::new().await;
    let [first, typo, second] = ["teal walrus orbit 81725", "teal walrus orbit 81752", "plum ferret comet 62514"];
    app.accounts().create_user("ada", first).await.unwrap();
    let visitor = app.visitor();
    visitor.sign_in("ada", typo).await;
    visitor.sign_in(typo, first).await; // typed into the wrong field
    assert_eq!(visitor.sign_in("ada", first).await.status.code, 303);
    let fields = [("old_password", first), ("new_password1", second), ("new_password2", second)];
    assert_eq!(visitor.post("/accounts/password/", &fields).await.status.code, 303);
    let dump = app.dump();
    for password in [first, typo, second] {
        for form in [password.to_owned(), password.replace(' ', "+"), password.replace(' ', "%20")] {
            assert!(dump.iter().all(|text| !text.contains(&form)), "{form}: {dump:?}");
            assert_eq!(log::lines_with(&form), [""; 0]);
        }
    }
}

#[rocket::async_test]
async fn no_hash_and_no_stamp_is_in_the_log() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    app.accounts().create_user("ada", NEW_PASSWORD).await.unwrap();
    root.visit("/admin/").await;
    for user in app.users() {
        // As an application would.
        rocket::debug!("{:?}", app.accounts().find(&user.name).await.unwrap());
        let stamp = user.stamp.as_str();
        let hash = user.password_hash.rsplit('$').next().unwrap();
        assert_eq!([log::lines_with(stamp), log::lines_with(hash)].concat(), [""; 0], "{}", user.name);
    }
    assert!(!log::lines_with("User { id:").is_empty(), "the log is captured");
}
