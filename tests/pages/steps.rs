//! The tutorial's steps in `examples/`. Each is the whole application as it is after one chapter.

use rocket::http::Status;
use rocket::{Build, Rocket};
use serde_json::json;

use crate::project::launch_example;
use crate::test_app::TestApp;

/// Includes an example as a module, because its function `rocket` is private.
macro_rules! example {
    ($file:ident) => {
        example!($file as $file);
    };
    ($file:ident as $name:ident) => {
        #[allow(dead_code)] // the function `main` that #[launch] generates
        mod $name {
            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/", stringify!($file), ".rs"));

            pub fn app() -> rocket::Rocket<rocket::Build> {
                rocket()
            }
        }
    };
}
pub(crate) use example;

example!(step_1);
example!(step_2);
example!(step_3);
example!(step_4);
example!(step_5);

async fn launch_step(step: fn() -> Rocket<Build>) -> TestApp {
    launch_example(|figment| step().configure(figment)).await
}

#[rocket::async_test]
async fn step_1_uses_no_session_so_the_table_stays_empty() {
    let app = launch_step(step_1::app).await;
    let page = app.visitor().get("/").await;
    assert_eq!(page.status, Status::Ok);
    assert_eq!(page.header("Vary"), Vec::<&str>::new());
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn step_2_stores_only_the_name() {
    let app = launch_step(step_2::app).await;
    assert!(app.visitor().visit("/set/").await.contains("Session Set!!!!"));
    assert_eq!(app.data(), json!({"name": "Bipasha"}));
}

#[rocket::async_test]
async fn step_3_shows_the_name_and_greets_only_visitors_who_have_one() {
    let app = launch_step(step_3::app).await;
    let visitor = app.visitor();
    assert_eq!(visitor.visit("/get/").await.matches("<dd><i>not set</i></dd>").count(), 2);
    let page = visitor.get("/greet").await;
    assert_eq!(page.status, Status::InternalServerError);
    assert!(page.body.contains("the session has no value under the required key, at "), "{}", page.body);
    visitor.visit("/set/").await;
    assert!(visitor.visit("/get/").await.contains("<dd>Bipasha</dd>"));
    assert_eq!(visitor.visit("/greet").await, "Hello, Bipasha.");
}

#[rocket::async_test]
async fn step_4_stores_and_shows_both_names() {
    let app = launch_step(step_4::app).await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    assert_eq!(app.data(), json!({"name": "Bipasha", "lname": "Codedec"}));
    let page = visitor.visit("/get/").await;
    assert!(page.contains("<dd>Bipasha</dd>") && page.contains("<dd>Codedec</dd>"), "{page}");
}

#[rocket::async_test]
async fn step_5_removes_one_value_or_all_values_or_the_session() {
    let app = launch_step(step_5::app).await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    visitor.visit("/del/").await;
    assert_eq!(app.data(), json!({"lname": "Codedec"}));
    visitor.visit("/clear/").await;
    assert_eq!(app.data(), json!({}));
    assert!(visitor.cookie().is_some());
    visitor.visit("/flush/").await;
    assert_eq!(app.rows(), []);
    assert_eq!(visitor.cookie(), None);
}

#[rocket::async_test]
async fn each_step_links_only_to_the_pages_that_it_has() {
    for (step, pages) in [
        (step_1::app as fn() -> _, vec![]),
        (step_2::app, vec!["/set"]),
        (step_3::app, vec!["/set", "/get"]),
        (step_4::app, vec!["/set", "/get"]),
        (step_5::app, vec!["/set", "/get", "/del"]),
    ] {
        let app = launch_step(step).await;
        let page = app.visitor().visit("/").await;
        let addresses = |attribute| page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap());
        let links = addresses("href=\"/").chain(addresses("action=\"/")).map(|link| link.trim_end_matches('/'));
        let links: Vec<&str> = links.collect();
        for path in ["/set", "/get", "/del"] {
            assert_eq!(links.contains(&&path[1..]), pages.contains(&path), "{path}: {links:?}");
        }
        for link in links {
            assert_eq!(app.visitor().get(&format!("/{link}")).await.status, Status::Ok, "{link}");
        }
    }
}
