//! What all pages share: the templates with their links, the stylesheet and the error page.

use std::collections::{BTreeMap, HashMap};

use rocket::fairing::AdHoc;
use rocket::http::uri::Origin;
use rocket::http::{ContentType, Method};
use rocket::{catchers, get, routes, uri};
use rocket_diesel_accounts::Accounts;
use rocket_dyn_templates::tera::{self, Value};
use rocket_dyn_templates::{Engines, Template};
use serde_json::json;

use crate::{error_page, index, inspect, student};

/// Returns the fairing for the templates, the stylesheet and the error page. The navigation shows the pages that are mounted.
/// Attach it after the fairings that mount them.
pub fn pages() -> AdHoc {
    // Those fairings may attach others, and these follow now.
    AdHoc::on_ignite("Pages", |rocket| async {
        rocket.attach(AdHoc::on_ignite("Templates", |rocket| async {
            let links = Links::to(rocket.routes().map(|route| (route.method, route.uri.path())));
            rocket
                .attach(Template::custom(move |engines| {
                    links.clone().register(engines);
                    Accounts::templates(engines);
                }))
                .mount("/", routes![stylesheet])
                .register("/", catchers![error_page::page])
        }))
    })
}

#[get("/static/style.css")]
fn stylesheet() -> (ContentType, &'static str) {
    (ContentType::CSS, include_str!("../static/style.css"))
}

/// The pages that change something when they are opened. The templates show buttons for them, because a browser or a crawler
/// may open a link before anybody clicks it.
const CHANGING: [&str; 2] = ["setsession", "delsession"];

/// Returns the pages of the navigation in their order: the name in a template, the text of the link, and its address. If a
/// route of this application is renamed, this does not compile, so no page has a dead link.
fn navigation() -> [(&'static str, &'static str, Origin<'static>); 7] {
    [
        ("index", "Start", uri!(index::index)),
        ("setsession", "Set", uri!(student::setsession)),
        ("getsession", "Get", uri!(student::getsession)),
        ("delsession", "Delete", uri!(student::delsession)),
        ("inspect", "Inspect", uri!(inspect::inspect)),
        ("account", "Account", uri!("/accounts/sessions")),
        ("admin", "Admin", uri!("/admin")),
    ]
}

/// The links that a template can ask for.
#[derive(Clone)]
struct Links {
    /// The addresses, by the name in a template.
    all: BTreeMap<&'static str, String>,
    mounted: Vec<&'static str>,
    /// The methods of the forms for the pages that change something. The tutorial's first steps accept GET only.
    methods: BTreeMap<&'static str, String>,
    navigation: Value,
}

impl Links {
    fn to<'r>(routes: impl Iterator<Item = (Method, &'r str)>) -> Self {
        let routes: Vec<_> = routes.map(|(method, path)| (method, path.trim_matches('/'))).collect();
        let (mut all, mut names, mut methods, mut shown) = (BTreeMap::new(), Vec::new(), BTreeMap::new(), Vec::new());
        for (name, title, uri) in navigation() {
            let path = uri.path().as_str().trim_matches('/');
            let uri = if path.is_empty() { "/".to_owned() } else { format!("/{path}/") };
            if CHANGING.contains(&name) {
                let method = if routes.contains(&(Method::Post, path)) { "post" } else { "get" };
                methods.insert(name, method.to_owned());
            }
            if routes.contains(&(Method::Get, path)) {
                names.push(name);
                shown.push(json!({ "name": name, "title": title, "uri": uri, "method": methods.get(name) }));
            }
            all.insert(name, uri);
        }
        // The book is a folder of files, and may be one route for all of them.
        if routes.iter().any(|(method, path)| *method == Method::Get && path.split('/').next() == Some("book")) {
            names.push("book");
        }
        all.insert("stylesheet", uri!(stylesheet).to_string());
        all.insert("inspect script", uri!(inspect::script).to_string());
        Self { all, mounted: names, methods, navigation: shown.into() }
    }

    /// Adds `{{ link(to="setsession") }}`, `{% if mounted(page="setsession") %}`, `{{ method(of="setsession") }}` and
    /// `{% for page in navigation() %}`.
    fn register(self, engines: &mut Engines) {
        let Self { all, mounted, methods, navigation } = self;
        for (function, argument, values) in [("link", "to", all), ("method", "of", methods)] {
            engines.tera.register_function(function, move |arguments: &HashMap<String, Value>| {
                let value = arguments.get(argument).and_then(Value::as_str).and_then(|name| values.get(name));
                let error = || tera::Error::msg(format!("{function}({argument}=…) names no page"));
                value.map(|value| value.as_str().into()).ok_or_else(error)
            });
        }
        engines.tera.register_function("mounted", move |arguments: &HashMap<String, Value>| {
            let name = arguments.get("page").and_then(Value::as_str);
            let name = name.ok_or_else(|| tera::Error::msg("mounted(page=…) names no page"))?;
            Ok(mounted.contains(&name).into())
        });
        engines.tera.register_function("navigation", move |_: &HashMap<String, Value>| Ok(navigation.clone()));
    }
}
