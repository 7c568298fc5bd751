use rocket::http::{Method, Status};
use serde_json::json;
use time::Duration;

use crate::project::tutorial;

#[rocket::async_test]
async fn set_get_and_delete_work_as_the_tutorial_says() {
    let app = tutorial("debug").await;
    let visitor = app.visitor();

    let page = visitor.visit("/set/").await;
    assert!(page.contains("<title>Set Session</title>") && page.contains("<h1>Session Set!!!!</h1>"), "{page}");
    assert_eq!(app.data(), json!({"name": "Bipasha", "lname": "Codedec"}));

    let page = visitor.visit("/get/").await;
    assert!(page.contains("<title>Get Session</title>") && page.contains("<h1>Get Session</h1>"), "{page}");
    assert!(page.contains("<dd>Bipasha</dd>") && page.contains("<dd>Codedec</dd>"), "{page}");

    let page = visitor.visit("/del/").await;
    assert!(page.contains("<title>Delete Session</title>") && page.contains("<h1>Session Deleted!!</h1>"), "{page}");
    assert_eq!(app.data(), json!({"lname": "Codedec"}));

    let page = visitor.visit("/get/").await;
    assert!(page.contains("<dd><i>not set</i></dd>") && page.contains("<dd>Codedec</dd>"), "{page}");
    visitor.visit("/del/").await;
}

#[rocket::async_test]
async fn without_a_session_the_names_are_not_set() {
    let app = tutorial("debug").await;
    let page = app.visitor().visit("/get/").await;
    assert_eq!(page.matches("<dd><i>not set</i></dd>").count(), 2, "{page}");
    app.visitor().visit("/del/").await;
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn a_load_balancer_learns_whether_the_server_answers_and_whether_it_is_ready() {
    let app = tutorial("debug").await;
    assert_eq!(app.visitor().visit("/healthz").await, "ok\n");
    assert_eq!(app.visitor().visit("/readyz").await, "ok\n");
    app.drop_table();
    assert_eq!(app.visitor().visit("/healthz").await, "ok\n");
    assert_eq!(app.visitor().get("/readyz").await.status, Status::ServiceUnavailable);
}

#[rocket::async_test]
async fn every_page_is_found_with_and_without_a_trailing_slash() {
    let app = tutorial("debug").await;
    for path in ["/", "/set", "/set/", "/get", "/get/", "/del", "/del/"] {
        assert_eq!(app.visitor().get(path).await.status, Status::Ok, "{path}");
    }
}

#[rocket::async_test]
async fn the_front_page_links_to_the_three_pages_and_has_no_broken_link() {
    let app = tutorial("debug").await;
    let page = app.visitor().visit("/").await;
    let addresses = |attribute: &str| -> Vec<String> {
        page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let links = [addresses("href=\""), addresses("action=\"")].concat();
    for path in ["/set", "/get", "/del"] {
        assert!(links.iter().any(|link| link.trim_end_matches('/') == path), "{links:?}");
    }
    for link in links.iter().filter(|link| link.starts_with('/')) {
        // The pages for people who are signed in lead to the sign-in page.
        assert!(app.visitor().get(link).await.status.code < 400, "{link}");
    }
}

#[rocket::async_test]
async fn each_profile_has_its_documented_expiry() {
    for (profile, max_age, lifetime) in [
        ("debug", Some("1209600"), Duration::weeks(2)),
        ("five_days", Some("432000"), Duration::days(5)),
        ("browser_close", None, Duration::weeks(2)),
    ] {
        let app = tutorial(profile).await;
        let cookie = app.visitor().get("/set/").await.set_cookie().unwrap();
        assert_eq!(cookie.attribute("max-age"), max_age, "{profile}");
        assert_eq!(cookie.attribute("expires").is_some(), max_age.is_some(), "{profile}");
        let row = app.row();
        assert_eq!(row.expire_date - row.created_at, lifetime, "{profile}");
    }
}

#[rocket::async_test]
async fn set_and_delete_also_work_by_post() {
    let app = tutorial("debug").await;
    let visitor = app.visitor();
    assert!(visitor.send(Method::Post, "/set/", &[]).await.body.contains("<h1>Session Set!!!!</h1>"));
    assert_eq!(app.data(), json!({"name": "Bipasha", "lname": "Codedec"}));
    assert!(visitor.send(Method::Post, "/del/", &[]).await.body.contains("<h1>Session Deleted!!</h1>"));
    assert_eq!(app.data(), json!({"lname": "Codedec"}));
}

#[rocket::async_test]
async fn no_page_has_a_link_that_changes_something_only_buttons() {
    let app = tutorial("debug").await;
    for path in ["/", "/set", "/get", "/del", "/inspect", "/nowhere"] {
        let page = app.visitor().get(path).await.body;
        for changing in ["/set", "/del"] {
            assert!(!page.contains(&format!("href=\"{changing}")), "{path}: {page}");
            let button = format!("<form action=\"{changing}/\" method=\"post\"><button");
            assert!(page.contains(&button), "{path}: {page}");
        }
    }
}

#[rocket::async_test]
async fn the_pages_say_what_was_stored_and_what_is_left() {
    let app = tutorial("debug").await;
    let visitor = app.visitor();
    let page = visitor.visit("/set/").await;
    for text in ["<dd>Bipasha</dd>", "<dd>Codedec</dd>", "session.insert(\"name\", \"Bipasha\")?;"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let page = visitor.visit("/del/").await;
    assert!(page.contains("<dd><i>not set</i></dd>") && page.contains("<dd>Codedec</dd>"), "{page}");
}

#[rocket::async_test]
async fn the_front_page_shows_the_present_state() {
    let app = tutorial("debug").await;
    let visitor = app.visitor();
    assert!(visitor.visit("/").await.contains("<code>name</code> is not set."));
    visitor.visit("/set/").await;
    let page = visitor.visit("/").await;
    assert!(page.contains("<strong>Bipasha</strong>") && page.contains("your session has 2 values."), "{page}");
    visitor.visit("/del/").await;
    assert!(visitor.visit("/").await.contains("your session has 1 value."));
}

#[rocket::async_test]
async fn the_navigation_marks_the_page_that_is_shown_and_no_other() {
    let app = tutorial("debug").await;
    for (path, title) in
        [("/", "Start"), ("/set/", "Set"), ("/get", "Get"), ("/del/", "Delete"), ("/inspect/", "Inspect"), ("/no", "")]
    {
        let page = app.visitor().get(path).await.body;
        let marked: Vec<&str> =
            page.split("aria-current=\"page\">").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
        assert_eq!(marked.concat(), title, "{path}");
    }
}

#[rocket::async_test]
async fn the_front_page_leads_to_the_book_in_the_profiles_that_serve_it() {
    for (profile, leads) in [("debug", true), ("five_days", true), ("other", false)] {
        let app = tutorial(profile).await;
        let page = app.visitor().get("/").await.body;
        assert_eq!(page.contains("<a href=\"/book/\">"), leads, "{profile}");
    }
}
