use diesel::connection::SimpleConnection;
use rocket::form::{Contextual, Form, FromForm};
use rocket::http::{ContentType, Method, Status};
use rocket::response::Redirect;
use rocket::{Build, Rocket, get, post, routes};
use rocket_diesel_sessions::{Error, Result, Session};
use rocket_dyn_templates::Template;

use crate::log;
use crate::project::tutorial_with;

#[get("/broken/<error>")]
fn broken(session: Session<'_>, error: &str) -> Result<()> {
    Err(match error {
        "interrupted" => Error::Interrupted,
        "large" => Error::TooLarge { size: 70_000, max: 65_536 },
        "secret" => Error::store(std::io::Error::other("password=hunter2")),
        _ => return session.require("nothing"),
    })
}

#[get("/read")]
fn read(session: Session<'_>) -> Result<String> {
    Ok(session.get("name")?.unwrap_or_default())
}

#[get("/change")]
fn change(session: Session<'_>) -> Result<()> {
    session.insert("changed", true)
}

#[derive(FromForm)]
struct Name<'r> {
    #[field(validate = len(1..=5))]
    name: &'r str,
    #[expect(dead_code, reason = "only its check matters")]
    age: u8,
}

#[post("/name", data = "<form>")]
fn name(session: Session<'_>, form: Form<Name<'_>>) -> Result<()> {
    session.insert("name", form.name)
}

#[post("/checked", data = "<form>")]
fn checked(
    session: Session<'_>,
    form: Form<Contextual<'_, Name<'_>>>,
) -> Result<std::result::Result<Redirect, (Status, Template)>> {
    let Some(name) = &form.value else {
        return Ok(Err((form.context.status(), Template::render("field_errors", &form.context))));
    };
    session.insert("name", name.name)?;
    Ok(Ok(Redirect::to("/read")))
}

fn with_failing_routes(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.mount("/", routes![broken, read, change, name, checked])
}

#[rocket::async_test]
async fn every_error_has_a_readable_page() {
    let app = tutorial_with("debug", with_failing_routes).await;
    for (path, status, expected) in [
        ("/nowhere", Status::NotFound, "There is no page here"),
        ("/broken/interrupted", Status::BadRequest, "Your session ended"),
        ("/broken/large", Status::PayloadTooLarge, "more than your session can hold"),
        ("/broken/missing", Status::InternalServerError, "Something went wrong"),
        ("/broken/secret", Status::ServiceUnavailable, "can't be reached"),
    ] {
        let page = app.visitor().get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.body.replace("&#x27;", "'").contains(expected), "{path}: {}", page.body);
        assert_eq!(page.header("Content-Type"), ["text/html; charset=utf-8"], "{path}");
    }
}

#[rocket::async_test]
async fn a_form_of_another_site_is_refused_and_only_the_tutorials_profiles_say_by_which_header() {
    for (profile, names_header) in [("debug", true), ("own", false)] {
        let app = tutorial_with(profile, |rocket| rocket).await;
        let page = app.visitor().send(Method::Post, "/set", &[("Sec-Fetch-Site", "cross-site")]).await;
        assert_eq!(page.status, Status::Forbidden);
        assert!(page.body.contains("did not come from a page of this site"), "{}", page.body);
        assert_eq!(page.body.contains("Sec-Fetch-Site"), names_header, "{profile}: {}", page.body);
        assert_eq!(app.rows(), []);
    }
}

#[rocket::async_test]
async fn a_missing_table_has_the_same_error_page_if_the_load_or_the_commit_fails() {
    let app = tutorial_with("debug", with_failing_routes).await;
    let visitor = app.visitor();
    visitor.visit("/set").await;
    app.drop_table();
    let (of_guard, of_commit) = (visitor.get("/read").await, app.visitor().get("/change").await);
    assert_eq!((of_guard.status, of_commit.status), (Status::ServiceUnavailable, Status::ServiceUnavailable));
    for text in ["A table of the sessions is missing", "start it again", "says what to type"] {
        assert!(of_guard.body.contains(text), "{text} is missing in: {}", of_guard.body);
    }
    assert_eq!(of_guard.body, of_commit.body);
}

#[rocket::async_test]
async fn the_error_page_explains_a_locked_database() {
    let with_short_timeout = |rocket: Rocket<Build>| {
        let figment = rocket.figment().clone().merge(("databases.sessions.timeout", 1));
        rocket.configure(figment)
    };
    let app = tutorial_with("debug", with_short_timeout).await;
    let (visitor, mut other) = (app.visitor(), app.connection());
    let (lock, cause) = match app.is_sqlite() {
        true => ("BEGIN IMMEDIATE", "database is locked"),
        false => ("BEGIN; LOCK TABLE sessions IN EXCLUSIVE MODE", "lock timeout"),
    };
    other.batch_execute(lock).unwrap();
    let page = visitor.get("/set").await;
    assert_eq!(page.status, Status::ServiceUnavailable);
    for text in ["Another program has locked the database", "type <code>COMMIT;</code>", cause] {
        assert!(page.body.contains(text), "{text} is missing in: {}", page.body);
    }
    visitor.visit("/get").await; // reads still work
    other.batch_execute("COMMIT").unwrap();
    visitor.visit("/set").await;
    assert_eq!(app.rows().len(), 1);
}

#[rocket::async_test]
async fn outside_the_tutorials_profiles_only_the_log_has_the_cause_of_an_error() {
    let app = tutorial_with("own", with_failing_routes).await;
    for path in ["/broken/secret", "/broken/missing", "/broken/large"] {
        let page = app.visitor().get(path).await;
        for word in ["hunter2", "nothing", "65536", "max_size", "cargo", "store is not available"] {
            assert!(!page.body.contains(word), "{path} shows {word}: {}", page.body);
        }
    }
    assert!(log::contains_line(&["ERROR", "password=hunter2"]));
    assert!(log::contains_line(&["ERROR", "the session has no value under the required key, at "]));

    let visitor = app.visitor();
    visitor.visit("/change").await;
    app.drop_table();
    for path in ["/read", "/change"] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, Status::ServiceUnavailable);
        assert!(!page.body.contains("table") && !page.body.contains("migration"), "{}", page.body);
    }
}

#[rocket::async_test]
async fn a_form_that_is_refused_says_so_and_only_the_tutorials_profiles_say_where_the_field_is_named() {
    for (profile, has_help) in [("debug", true), ("own", false)] {
        let app = tutorial_with(profile, with_failing_routes).await;
        let request = app.client.post("/name").header(ContentType::Form).body("name=Bipasha&age=3");
        let page = request.dispatch().await;
        assert_eq!(page.status(), Status::UnprocessableEntity);
        let page = page.into_string().await.unwrap();
        assert!(page.contains("did not accept the form") && page.contains("Nothing was saved"), "{page}");
        assert_eq!(page.contains("<code>field_errors</code>"), has_help, "{profile}: {page}");
    }
}

#[rocket::async_test]
async fn a_page_can_say_what_is_wrong_with_each_field_of_a_form() {
    let app = tutorial_with("debug", with_failing_routes).await;
    let request = app.client.post("/checked").header(ContentType::Form).body("name=Bipasha");
    let page = request.dispatch().await;
    assert_eq!(page.status(), Status::UnprocessableEntity);
    let page = page.into_string().await.unwrap();
    for text in ["<strong>name</strong>: length must be between 1 and 5", "<strong>age</strong>: missing"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(app.rows(), []);
    let request = app.client.post("/checked").header(ContentType::Form).body("name=Ada&age=3");
    assert_eq!(request.dispatch().await.status(), Status::SeeOther);
    assert_eq!(app.data(), serde_json::json!({"name": "Ada"}));
}
