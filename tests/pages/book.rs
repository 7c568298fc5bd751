use std::fs;
use std::path::Path;

use rocket::http::Status;
use rocket_diesel_sessions::SecurityHeaders;
use session_tutorial::{book, pages};
use tempfile::TempDir;

use crate::project::{launch_example, tutorial};
use crate::test_app::TestApp;
use crate::visitor::Page;

/// Launches an application with the book in this folder.
async fn launch_book(folder: &Path) -> TestApp {
    launch_example(|figment| {
        let headers = SecurityHeaders::fairing();
        rocket::custom(figment).attach(headers).attach(book::stage(folder)).attach(pages())
    })
    .await
}

/// Makes a folder with the files of a small book.
fn small_book() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "index.html",
        r#"<script>first()</script><script src="book.js"></script><p>Start</p><script>second()</script>"#,
    );
    write("other.html", "<p style=\"color: red\">Other</p><p style=\"color: red\">Other</p><script>other()</script>");
    write("toc.html", "<p>Contents</p>");
    write("book.js", "first()");
    write(".hidden", "secret");
    folder
}

/// Returns the sources of a directive of the page's only Content-Security-Policy.
fn directive<'p>(page: &'p Page, name: &str) -> &'p str {
    let [policy] = page.header("Content-Security-Policy")[..] else { panic!("not one policy") };
    let mut directives = policy.split("; ").filter_map(|directive| directive.split_once(' '));
    directives.find(|(found, _)| *found == name).unwrap_or_else(|| panic!("no {name}: {policy}")).1
}

#[rocket::async_test]
async fn a_page_of_the_book_may_run_its_own_inline_scripts_and_no_others() {
    let folder = small_book();
    let app = launch_book(folder.path()).await;
    // The hashes come from `openssl dgst -sha256 -binary | base64`.
    for (path, sources) in [
        (
            "/book/",
            "'self' 'sha256-fDYmfWjvur9AxjhDbjHe6RvExc05MbXhhrbgz2vvy/A=' 'sha256-VRcK3v7WYQJL3yHheBe4dsvLYjAYwFTyoPi2odncRio='",
        ),
        ("/book/other.html", "'self' 'sha256-b7ZWi3LsNpdSzQMhFSRcnH0HxREup64aTXaFV5IXYCM='"),
        ("/book/toc.html", "'self'"),
    ] {
        let page = app.visitor().get(path).await;
        assert_eq!(page.status, Status::Ok);
        assert_eq!(directive(&page, "script-src"), sources, "{path}");
        assert_eq!(directive(&page, "default-src"), "'self'", "{path}");
    }
}

#[rocket::async_test]
async fn a_page_of_the_book_may_have_its_own_inline_styles_and_that_of_the_search_field() {
    let folder = small_book();
    let app = launch_book(folder.path()).await;
    let (of_page, of_field) = (
        "'sha256-NerDAUWfwD31YdZHveMrq0GLjsNFMwxLpZl0dPUeCcw='",
        "'sha256-GwBMUOkilxWV/vOwWStLnfQBQ7rYfHT7o40jQLKt1fI='",
    );
    for (path, sources) in [
        ("/book/other.html", format!("'self' 'unsafe-hashes' {of_page} {of_field}")),
        ("/book/toc.html", format!("'self' 'unsafe-hashes' {of_field}")),
    ] {
        assert_eq!(directive(&app.visitor().get(path).await, "style-src"), sources, "{path}");
    }
}

#[rocket::async_test]
async fn the_pages_and_files_of_the_book_are_served_as_they_are_in_the_folder() {
    let folder = small_book();
    let app = launch_book(folder.path()).await;
    for (path, file) in [("/book/", "index.html"), ("/book/other.html", "other.html"), ("/book/book.js", "book.js")] {
        let page = app.visitor().visit(path).await;
        assert_eq!(page, fs::read_to_string(folder.path().join(file)).unwrap(), "{path}");
    }
    let page = app.visitor().get("/book").await;
    assert_eq!((page.status, page.header("Location")), (Status::PermanentRedirect, vec!["/book/"]));
}

#[rocket::async_test]
async fn no_file_outside_of_the_books_folder_is_served() {
    let parent = TempDir::new().unwrap();
    fs::write(parent.path().join("outside.html"), "secret").unwrap();
    let folder = parent.path().join("book");
    fs::rename(small_book().keep(), &folder).unwrap();
    let app = launch_book(&folder).await;
    for path in ["../outside.html", "%2e%2e/outside.html", "..%2foutside.html", "a/../../outside.html", ".hidden"] {
        let page = app.visitor().get(&format!("/book/{path}")).await;
        assert_eq!(page.status, Status::NotFound, "{path}: {}", page.body);
        assert!(!page.body.contains("secret"), "{path}");
    }
}

#[rocket::async_test]
async fn without_the_folder_each_address_of_the_book_says_how_to_build_it() {
    let folder = TempDir::new().unwrap();
    let app = launch_book(&folder.path().join("book")).await;
    for path in ["/book", "/book/", "/book/tutorial/2-set.html"] {
        let page = app.visitor().get(path).await;
        assert_eq!(page.status, Status::NotFound, "{path}");
        assert!(page.body.contains("\nmdbook build docs<"), "{}", page.body);
    }
    fs::rename(small_book().keep(), folder.path().join("book")).unwrap();
    assert!(app.visitor().visit("/book/").await.contains("Start"), "no restart is needed");
}

#[rocket::async_test]
async fn the_book_loads_no_session() {
    let app = tutorial("debug").await;
    let visitor = app.visitor();
    visitor.visit("/set").await;
    app.take_statements();
    let page = visitor.get("/book/").await;
    assert_eq!(app.take_statements(), Vec::<String>::new());
    assert_eq!(page.header("Vary"), Vec::<&str>::new());
    assert!(page.set_cookie().is_none());
}

#[rocket::async_test]
async fn only_the_tutorials_profiles_have_the_book() {
    for (profile, is_there) in [("debug", true), ("five_days", true), ("own", false)] {
        let page = tutorial(profile).await.visitor().get("/book/").await;
        assert_eq!(!page.body.contains("There is no page here"), is_there, "{profile}: {}", page.body);
    }
}

#[test]
fn every_page_in_docs_is_in_the_books_summary() {
    let summary = fs::read_to_string("docs/SUMMARY.md").unwrap();
    let mut folders = vec!["docs".into()];
    let mut pages = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.strip_prefix("docs").unwrap().display().to_string();
                assert!(name == "SUMMARY.md" || summary.contains(&format!("]({name})")), "{name} is an orphan");
                pages += 1;
            }
        }
    }
    assert!(pages > 1);
}

#[test]
fn everybody_installs_the_same_mdbook() {
    let command = "cargo install mdbook --locked --version 0.5.4 --no-default-features --features search\n";
    for file in [".ci/run", "README.md", "docs/README.md", "templates/book.html.tera"] {
        assert!(fs::read_to_string(file).unwrap().contains(command), "{file}");
    }
}
