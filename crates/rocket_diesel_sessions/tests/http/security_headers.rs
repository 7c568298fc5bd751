//! The headers that tell browsers what a page may do.

use rocket::config::SecretKey;
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::shield::{Hsts, Referrer, Shield};
use rocket::time::Duration;
use rocket::{Config, Responder, get, routes};
use rocket_diesel_sessions::{
    ClearSiteData, ContentSecurityPolicy, CrossOriginOpenerPolicy, SecurityHeaders, TEACHING_PROFILES,
};

#[get("/")]
fn page() {}

#[derive(Responder)]
struct WithPolicy((), Header<'static>);

#[get("/own")]
fn own() -> WithPolicy {
    WithPolicy((), Header::new("Content-Security-Policy", "default-src https:"))
}

#[get("/logout")]
fn logout() -> ClearSiteData<(Status, &'static str)> {
    ClearSiteData((Status::Accepted, "Signed out."))
}

fn launched(profile: &str, headers: SecurityHeaders) -> Client {
    let config =
        Config { profile: profile.into(), secret_key: SecretKey::derive_from(&[1; 32]), ..Config::debug_default() };
    Client::untracked(rocket::custom(config).attach(headers).mount("/", routes![page, own, logout])).unwrap()
}

fn header(client: &Client, path: &str, name: &str) -> Vec<String> {
    client.get(path.to_owned()).dispatch().headers().get(name).map(str::to_owned).collect()
}

#[test]
fn every_response_has_safe_defaults_also_an_error_page() {
    let client = launched("release", SecurityHeaders::fairing());
    for path in ["/", "/nowhere"] {
        for (name, value) in [
            (
                "Content-Security-Policy",
                "base-uri 'none'; default-src 'self'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; \
                 object-src 'none'",
            ),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Strict-Transport-Security", "max-age=31536000"),
            ("X-Content-Type-Options", "nosniff"),
        ] {
            assert_eq!(header(&client, path, name), [value], "{path} {name}");
        }
    }
}

#[test]
fn the_teaching_profiles_send_no_hsts() {
    for profile in TEACHING_PROFILES {
        let client = launched(profile, SecurityHeaders::fairing());
        assert!(header(&client, "/", "Strict-Transport-Security").is_empty(), "{profile}");
        assert!(!header(&client, "/", "Content-Security-Policy").is_empty(), "{profile}");
    }
}

#[test]
fn an_application_changes_headers_by_name() {
    let headers = SecurityHeaders::fairing()
        .enable(ContentSecurityPolicy::default().directive("script-src", "'self' https://cdn.example.com"))
        .enable(Hsts::IncludeSubDomains(Duration::days(730)))
        .disable::<CrossOriginOpenerPolicy>()
        .disable::<Referrer>();
    let client = launched("release", headers);
    let policy = header(&client, "/", "Content-Security-Policy").concat();
    assert!(policy.ends_with("object-src 'none'; script-src 'self' https://cdn.example.com"), "{policy}");
    assert_eq!(header(&client, "/", "Strict-Transport-Security"), ["max-age=63072000; includeSubDomains"]);
    assert!(header(&client, "/", "Cross-Origin-Opener-Policy").is_empty());
    assert!(header(&client, "/", "Referrer-Policy").is_empty());
}

#[test]
fn the_hsts_of_the_fairing_replaces_the_one_that_rocket_sends_over_tls() {
    let config =
        Config { profile: "own".into(), secret_key: SecretKey::derive_from(&[1; 32]), ..Config::debug_default() };
    let headers = SecurityHeaders::fairing().enable(Hsts::IncludeSubDomains(Duration::days(365)));
    let rocket = rocket::custom(config).attach(Shield::default().enable(Hsts::default())).attach(headers);
    let client = Client::untracked(rocket.mount("/", routes![page])).unwrap();
    assert_eq!(header(&client, "/", "Strict-Transport-Security"), ["max-age=31536000; includeSubDomains"]);
}

#[test]
fn a_handlers_own_header_stays() {
    let client = launched("release", SecurityHeaders::fairing());
    assert_eq!(header(&client, "/own", "Content-Security-Policy"), ["default-src https:"]);
}

#[test]
fn a_logout_makes_the_browser_delete_what_it_has_stored_but_not_its_cookies() {
    let client = launched("release", SecurityHeaders::fairing());
    let response = client.get("/logout").dispatch();
    assert_eq!(response.status(), Status::Accepted);
    assert_eq!(response.headers().get("Clear-Site-Data").collect::<Vec<_>>(), [r#""cache", "storage""#]);
    assert_eq!(response.into_string().unwrap(), "Signed out.");
}
