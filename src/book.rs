//! The book at `/book/`: the pages that mdBook makes of the folder `docs`.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rocket::fairing::AdHoc;
use rocket::fs::{FileServer, Options};
use rocket::http::{ContentType, Method, Status};
use rocket::route::{Handler, Outcome};
use rocket::shield::Policy;
use rocket::{Data, Request, Route};
use rocket_diesel_sessions::{ContentSecurityPolicy, is_teaching_profile};
use rocket_dyn_templates::{Template, context};
use sha2::{Digest, Sha256};

/// Mounts `/book/` in the tutorial's profiles. `folder` is the one that mdBook writes.
pub fn stage(folder: impl Into<PathBuf>) -> AdHoc {
    let folder = folder.into();
    AdHoc::on_ignite("Book", |rocket| async {
        match is_teaching_profile(rocket.figment().profile()) {
            true => rocket.mount("/book", Book::new(folder)),
            false => rocket,
        }
    })
}

#[derive(Clone)]
struct Book {
    folder: PathBuf,
    files: FileServer,
}

impl Book {
    fn new(folder: PathBuf) -> Self {
        // A page has relative links, so the address of a folder must end with a slash. mdBook may make the folder later.
        let options = Options::Index | Options::NormalizeDirs | Options::Missing;
        Self { files: FileServer::new(&folder, options), folder }
    }
}

impl From<Book> for Vec<Route> {
    fn from(book: Book) -> Self {
        ["/", "/<path..>"].map(|path| Route::new(Method::Get, path, book.clone())).into()
    }
}

#[rocket::async_trait]
impl Handler for Book {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        if !self.folder.is_dir() {
            // Not found, because the page that was asked for does not exist yet.
            return Outcome::from(request, (Status::NotFound, Template::render("book", context! {})));
        }
        let mut outcome = self.files.handle(request, data).await;
        if let Outcome::Success(response) = &mut outcome
            && response.content_type() == Some(ContentType::HTML)
        {
            let Ok(page) = response.body_mut().to_string().await else {
                return Outcome::Error(Status::InternalServerError);
            };
            response.set_header(policy(&page).header());
            response.set_sized_body(page.len(), Cursor::new(page));
        }
        outcome
    }
}

/// The value of `style` in mdBook's script for the search field.
const SEARCH_FIELD: &str = "position: absolute; opacity: 0;";

/// Returns the policy that allows the scripts and styles that mdBook wrote into this page, and no others.
fn policy(page: &str) -> ContentSecurityPolicy {
    let scripts = between(page, "<script>", "</script>");
    let styles: BTreeSet<&str> = between(page, " style=\"", "\"").chain([SEARCH_FIELD]).collect();
    ContentSecurityPolicy::default()
        .directive("script-src", scripts.fold("'self'".to_owned(), with_hash))
        // Without `unsafe-hashes`, browsers compare hashes with elements only, and not with the attribute `style`.
        .directive("style-src", styles.into_iter().fold("'self' 'unsafe-hashes'".to_owned(), with_hash))
        // Without JavaScript, the table of contents is a frame.
        .directive("frame-ancestors", "'self'")
}

/// Returns each text that stands between `start` and the next `end`.
fn between<'p>(page: &'p str, start: &'static str, end: &'static str) -> impl Iterator<Item = &'p str> {
    page.split(start).skip(1).filter_map(move |rest| rest.split(end).next())
}

/// Adds the hash of a script or a style to the sources of a directive.
fn with_hash(sources: String, text: &str) -> String {
    format!("{sources} 'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}
