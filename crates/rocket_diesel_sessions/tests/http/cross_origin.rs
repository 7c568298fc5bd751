//! Requests that other sites send. The cases are those of Go's `CrossOriginProtection`, in the words of Rocket.

use std::sync::atomic::{AtomicBool, Ordering};

use rocket::data::{Data, FromData, Outcome};
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::http::{ContentType, Header, Method, Status};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::{Build, Config, Request, Rocket, catch, catchers, get, post, put, routes, uri};
use rocket_diesel_sessions::CrossOrigin;

use crate::log;

#[get("/<_..>")]
fn read() {}

#[post("/<_..>")]
fn change() {}

#[put("/<_..>")]
fn replace() {}

#[rocket::options("/<_..>")]
fn ask() {}

fn application(settings: &str) -> Rocket<Build> {
    let settings = Toml::string(&format!("[default.cross_origin]\n{settings}")).nested();
    rocket::custom(Figment::from(Config::debug_default()).merge(settings))
        .attach(CrossOrigin::fairing())
        .mount("/", routes![read, change, replace, ask])
}

fn launched(settings: &str) -> Client {
    Client::untracked(application(settings)).unwrap()
}

/// Sends a request to `example.com`. `-` stands for no header.
fn send<'c>(client: &'c Client, method: Method, path: &'c str, site: &str, origin: &str) -> LocalResponse<'c> {
    let mut request = client.req(method, path);
    request.inner_mut().set_host(uri!("example.com").into());
    for (name, value) in [("Sec-Fetch-Site", site), ("Origin", origin)] {
        if value != "-" {
            request.add_header(Header::new(name, value.to_owned()));
        }
    }
    request.dispatch()
}

fn status(client: &Client, method: Method, path: &str, site: &str, origin: &str) -> u16 {
    send(client, method, path, site, origin).status().code
}

use Method::{Get, Head, Options, Post, Put, Trace};

#[test]
fn the_fairing_may_be_attached_by_a_library_too() {
    let twice = application("").attach(CrossOrigin::fairing());
    let client = Client::untracked(twice).unwrap();
    assert_eq!(status(&client, Post, "/", "cross-site", "-"), 403);
    assert_eq!(status(&client, Post, "/", "same-origin", "-"), 200);
}

#[test]
fn the_headers_decide_which_requests_pass() {
    let client = launched("");
    for (method, site, origin, expected) in [
        (Post, "same-origin", "-", 200),
        (Post, "none", "-", 200),
        (Post, "cross-site", "-", 403),
        (Post, "same-site", "-", 403),
        (Post, "-", "-", 200),
        (Post, "-", "https://example.com", 200),
        (Post, "-", "http://example.com", 200),
        (Post, "-", "https://EXAMPLE.com", 200),
        (Post, "-", "https://example.com:8443", 403),
        (Post, "-", "https://attacker.example", 403),
        (Post, "-", "https://example.com.attacker.example", 403),
        (Post, "-", "https://attacker.example/example.com", 403),
        (Post, "-", "example.com", 403),
        (Post, "-", "null", 403),
        (Post, "same-origin", "https://attacker.example", 200),
        (Post, "cross-site", "https://example.com", 403),
        (Post, "Same-Origin", "-", 403),
        (Post, "unknown", "-", 403),
        (Post, "", "-", 200),
        (Post, "", "", 200),
        (Post, "", "https://attacker.example", 403),
        (Get, "cross-site", "https://attacker.example", 200),
        (Head, "cross-site", "https://attacker.example", 200),
        (Options, "cross-site", "https://attacker.example", 200),
        (Put, "cross-site", "-", 403),
        (Trace, "cross-site", "-", 403),
    ] {
        assert_eq!(status(&client, method, "/", site, origin), expected, "{method} {site:?} {origin:?}");
    }
}

#[test]
fn of_a_header_that_comes_twice_every_value_has_to_be_right() {
    let client = launched("");
    for (name, values, expected) in [
        ("Sec-Fetch-Site", ["same-origin", "cross-site"], 403),
        ("Sec-Fetch-Site", ["same-origin", "none"], 200),
        ("Origin", ["https://example.com", "https://attacker.example"], 403),
        ("Origin", ["https://attacker.example", "https://example.com"], 403),
    ] {
        let mut request = client.post("/");
        request.inner_mut().set_host(uri!("example.com").into());
        values.iter().for_each(|value| request.add_header(Header::new(name, *value)));
        assert_eq!(request.dispatch().status().code, expected, "{name}: {values:?}");
    }
}

#[test]
fn a_request_without_a_host_has_no_own_origin() {
    let client = launched("");
    for origin in ["null", "https://", "://", "https://example.com"] {
        let response = client.post("/").header(Header::new("Origin", origin)).dispatch();
        assert_eq!(response.status(), Status::Forbidden, "{origin}");
    }
}

#[test]
fn pages_of_a_trusted_origin_may_send_anything() {
    let client = launched("trusted_origins = ['https://Trusted.example', 'https://example.org:8443']");
    for (site, origin, expected) in [
        ("-", "https://trusted.example", 200),
        ("cross-site", "https://trusted.example", 200),
        ("same-site", "https://example.org:8443", 200),
        ("-", "http://trusted.example", 403),
        ("-", "https://sub.trusted.example", 403),
        ("-", "https://example.org", 403),
        ("-", "https://attacker.example", 403),
        ("cross-site", "https://attacker.example", 403),
        ("cross-site", "-", 403),
    ] {
        assert_eq!(status(&client, Post, "/", site, origin), expected, "{site} {origin}");
    }
}

#[test]
fn an_exempt_path_matches_like_that_of_a_route() {
    let client = launched(
        "exempt_paths = ['/bypass/<..>', '/only/<foo>', '/exact', 'PUT /put-only', 'post /post-only', '/named/<file..>']",
    );
    for (site, path, expected) in [
        ("-", "/bypass/", 200),
        ("cross-site", "/bypass/", 200),
        ("-", "/bypass/a/b", 200),
        ("-", "/bypass", 200),
        ("-", "/bypassed", 403),
        ("-", "/api/", 403),
        ("-", "/foo/../bypass/bar", 403),
        ("-", "/foo/../api/bar", 403),
        ("-", "/%62ypass/a", 200),
        ("-", "/Bypass/a", 403),
        ("-", "/only/123", 200),
        ("-", "/only/123/foo", 403),
        ("-", "/only", 403),
        ("-", "/exact", 200),
        ("-", "/exact?a=b", 200),
        ("-", "/exact/more", 403),
        ("-", "/post-only", 200),
        ("-", "/put-only", 403),
        ("-", "/named/a/b", 200),
        ("-", "/", 403),
    ] {
        assert_eq!(status(&client, Post, path, site, "https://attacker.example"), expected, "{site} {path}");
    }
    assert_eq!(status(&launched("exempt_paths = ['/<..>']"), Post, "/any", "cross-site", "-"), 200);
}

#[test]
fn an_exception_that_is_not_allowed_stops_the_launch() {
    for origin in [
        "example.com",
        "https://",
        "https://example.com/",
        "https://example.com/path",
        "https://example.com?query=value",
        "https://example.com#fragment",
        "https://ex ample.com",
        "https://user@example.com",
        "https://*.example.com",
        "https://example.com:443",
        "http://example.com:80",
        "",
        "null",
    ] {
        assert_refused(
            &format!("trusted_origins = ['{origin}']"),
            &["cross_origin.trusted_origins", "is not an origin"],
        );
    }
    for path in [
        "",
        "hooks",
        "/hooks/<..>/a",
        "/hooks/<a",
        "/hooks/a>",
        "/<a..>/b",
        "/a?b",
        "/a b",
        "PUSH /hooks",
        "POST hooks",
        "/a<b..>",
    ] {
        assert_refused(&format!("exempt_paths = ['{path}']"), &["cross_origin.exempt_paths", "is not a path"]);
    }
    assert_refused("exempt_paths = ['GET /a']", &["cross_origin.exempt_paths", "always pass"]);
    assert_refused("trusted_origin = []", &["cross_origin", "trusted_origin", "trusted_origins"]);
    assert_refused("exempt_paths = '/hooks'", &["cross_origin.exempt_paths", "/hooks"]);
    for accepted in ["https://example.com", "https://example.com:8080", "http://example.com", "https://[::1]:8000"] {
        launched(&format!("trusted_origins = ['{accepted}']"));
    }
}

#[test]
fn a_table_in_the_wrong_place_stops_the_launch() {
    // The second one is what the environment variable ROCKET_CROSS_ORIGIN_EXEMPT_PATHS sets.
    for key in ["default.cross_origins", "default.cross_origin_exempt_paths", "cross_origin"] {
        let toml = Toml::string(&format!("[{key}]\nx = 1")).nested();
        let rocket = rocket::custom(Figment::from(Config::debug_default()).merge(toml)).attach(CrossOrigin::fairing());
        let error = Client::untracked(rocket).unwrap_err();
        assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{key}: {error}");
    }
}

/// Checks that these settings stop a launch, and that `check` says why.
fn assert_refused(settings: &str, expected: &[&str]) {
    let rocket = application(settings);
    let errors = rocket_diesel_sessions::checks::errors(rocket.figment(), &rocket_diesel_sessions::MIGRATIONS);
    for word in expected {
        assert!(errors.iter().any(|error| error.contains(word)), "{word} is missing for {settings}: {errors:?}");
    }
    let error = Client::untracked(rocket).unwrap_err();
    assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{settings}: {error}");
}

static WAS_READ: AtomicBool = AtomicBool::new(false);

struct Body;

#[rocket::async_trait]
impl<'r> FromData<'r> for Body {
    type Error = ();

    async fn from_data(_: &'r Request<'_>, _: Data<'r>) -> Outcome<'r, Self> {
        WAS_READ.store(true, Ordering::SeqCst);
        Outcome::Success(Body)
    }
}

#[post("/body", data = "<_body>")]
fn body(_body: Body) {}

#[catch(403)]
fn forbidden(request: &Request<'_>) -> String {
    format!("site: {:?}", CrossOrigin::refusal(request))
}

#[catch(403)]
fn forbidden_below_admin() -> &'static str {
    "admin"
}

#[test]
fn a_refused_request_reaches_no_handler_and_gets_the_applications_own_catchers() {
    let rocket = application("")
        .mount("/", routes![body])
        .register("/", catchers![forbidden])
        .register("/admin", catchers![forbidden_below_admin]);
    let client = Client::untracked(rocket).unwrap();
    for (path, site, origin, page) in [
        ("/body", "cross-site", "-", r#"site: Some("the header Sec-Fetch-Site is \"cross-site\"")"#),
        ("/", "-", "null", r#"site: Some("the header Origin is \"null\", and the header Host is \"example.com\"")"#),
        ("/no/such/page", "same-site", "-", r#"site: Some("the header Sec-Fetch-Site is \"same-site\"")"#),
        ("/admin/users", "cross-site", "-", "admin"),
    ] {
        let response = send(&client, Post, path, site, origin);
        assert_eq!(response.status(), Status::Forbidden, "{path}");
        assert_eq!(response.into_string().unwrap(), page, "{path}");
    }
    assert!(!WAS_READ.load(Ordering::SeqCst), "the body was read");
    assert_eq!(status(&client, Post, "/body", "same-origin", "-"), 200);
    assert!(WAS_READ.load(Ordering::SeqCst));
}

#[test]
fn a_request_that_passes_reaches_its_handler_or_gets_404_if_there_is_none() {
    #[post("/echo", data = "<text>")]
    fn echo(text: String) -> String {
        text
    }

    let rocket = rocket::custom(Config::debug_default()).attach(CrossOrigin::fairing()).mount("/", routes![echo]);
    let client = Client::untracked(rocket).unwrap();
    assert_eq!(client.post("/echo").body("whole").dispatch().into_string().unwrap(), "whole");
    assert_eq!(status(&client, Post, "/nowhere", "same-origin", "-"), 404);
}

#[test]
fn the_method_that_a_form_asks_for_by_its_first_field_counts() {
    let client = launched("");
    for (method, expected) in [("PUT", 403), ("GET", 200), ("put", 403)] {
        let mut request = client.post("/").header(ContentType::Form).body(format!("_method={method}&a=b"));
        request.inner_mut().set_host(uri!("example.com").into());
        request.add_header(Header::new("Sec-Fetch-Site", "cross-site"));
        assert_eq!(request.dispatch().status().code, expected, "{method}");
    }
}

#[test]
fn the_log_has_the_reason_of_a_refusal() {
    log::capture();
    let client = launched("");
    send(&client, Post, "/", "-", "https://attacker.example/unique-1");
    let reason = "cross-origin request refused: the header Origin is \"https://attacker.example/unique-1\"";
    assert!(log::contains_line(&[reason]));
}

#[rocket::async_test]
async fn a_launch_outside_of_the_teaching_profiles_says_if_the_fairing_is_missing() {
    log::capture();
    for (profile, is_attached, says_so) in
        [("production-1", false, true), ("production-2", true, false), ("debug", false, false)]
    {
        let figment = Figment::from(Config::debug_default())
            .select(profile)
            .merge(("secret_key", crate::test_app::SECRET_KEY))
            .merge(("session.engine", "memory"));
        let mut rocket = rocket::custom(figment).attach(rocket_diesel_sessions::Session::fairing());
        if is_attached {
            rocket = rocket.attach(CrossOrigin::fairing());
        }
        rocket::local::asynchronous::Client::untracked(rocket).await.unwrap();
        let profile = format!("`{profile}`");
        assert_eq!(log::contains_line(&["does not attach CrossOrigin::fairing()", &profile]), says_so, "{profile}");
    }
}
