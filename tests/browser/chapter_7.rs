//! The application after chapter 7, with the pages that the reader writes there.

#[path = "name.rs"]
mod name;
#[path = "visits.rs"]
mod visits;

use std::fs;
use std::path::Path;

use rocket::routes;
use tempfile::TempDir;

use crate::in_process::InProcess;
use crate::processes::Result;

/// The module that `name.rs` imports for the target of its redirect.
mod student {
    #[expect(dead_code, reason = "only its URI is used")]
    #[rocket::get("/get")]
    pub fn getsession() {}
}

/// A server for the application after chapter 7.
pub struct Chapter7 {
    pub server: InProcess,
    _templates: TempDir,
}

impl Chapter7 {
    pub async fn serve(database: &Path) -> Result<Self> {
        let templates = templates()?;
        let rocket = session_tutorial::rocket();
        let figment = rocket.figment().clone().select("debug");
        let figment = figment.merge(("template_dir", templates.path())).merge(("databases.sessions.url", database));
        let rocket =
            rocket.configure(figment).mount("/", routes![visits::visits]).mount("/", routes![name::ask, name::keep]);
        Ok(Self { server: InProcess::serve(rocket).await?, _templates: templates })
    }
}

/// Creates a folder with the project's templates and those of the chapter.
fn templates() -> Result<TempDir> {
    let folder = TempDir::new()?;
    fs::create_dir(folder.path().join("student"))?;
    for templates in ["", "student"] {
        for file in fs::read_dir(Path::new("templates").join(templates))? {
            let file = file?;
            if file.file_type()?.is_file() {
                fs::copy(file.path(), folder.path().join(templates).join(file.file_name()))?;
            }
        }
    }
    for name in ["visits", "name"] {
        let name = format!("{name}.html.tera");
        fs::write(folder.path().join(&name), listing(&format!("html,file=templates/{name}")))?;
    }
    Ok(folder)
}

/// Returns the listing of the chapter after this fence.
fn listing(fence: &str) -> String {
    let chapter = fs::read_to_string("docs/tutorial/7-a-page-of-your-own.md").expect("chapter 7");
    let after = chapter.split_once(&format!("```{fence}\n")).expect(fence).1;
    after.split_once("```").expect("an end").0.to_owned()
}

#[test]
fn the_files_name_and_visits_are_the_listings_of_chapter_7() {
    let files = [("visits", include_str!("visits.rs")), ("name", include_str!("name.rs"))];
    for (name, code) in files {
        let listed = listing(&format!("rust,file=src/{name}.rs"));
        assert_eq!(code, listed, "{name}.rs");
    }
}
