//! The tutorial's pictures: `PICTURES=overwrite cargo test --test browser pictures -- --ignored` takes them anew. That
//! needs Debian's pngquant too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use fantoccini::Locator;
use tempfile::TempDir;

use crate::chapter_7::Chapter7;
use crate::machines::{Browser, Result, Server};
use crate::screen::{Scheme, WIDE};
use crate::steps;

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn every_picture_in_the_text_is_one_of_this_walk_and_lies_where_the_text_looks_for_it() -> Result {
    let (album, docs) = (TempDir::new()?, Path::new(env!("CARGO_MANIFEST_DIR")).join("docs"));
    let kept = docs.join("images/tutorial");
    walk(album.path()).await?;
    let taken = names_in(album.path())?;
    if env::var("PICTURES").is_ok_and(|value| value == "overwrite") {
        fs::create_dir_all(&kept)?;
        for name in names_in(&kept)?.difference(&taken) {
            fs::remove_file(kept.join(name))?;
        }
        for name in &taken {
            make_small(&album.path().join(name))?;
            fs::copy(album.path().join(name), kept.join(name))?;
        }
    }
    assert_eq!(named_by(&docs.join("tutorial"))?, taken, "what the text names, and what the walk takes");
    assert_eq!(names_in(&kept)?, taken, "what lies there, and what the walk takes");
    Ok(())
}

/// As the reader walks, from the empty table on. Each step has a server of its own, all have the one table.
async fn walk(album: &Path) -> Result {
    let home = TempDir::new()?;
    let table = home.path().join("db.sqlite3");
    let mut reader = Reader::start(album, home.path(), steps::serve(1, &table)?).await?;
    reader.take("1-run-inspect", "/inspect/", "No row for you").await?;

    reader.go_on_with(steps::serve(2, &table)?);
    reader.take("2-set-page", "/set/", "Session Set!!!!").await?;
    reader.take("2-set-inspect", "/inspect/", "INSERT").await?;

    reader.go_on_with(steps::serve(3, &table)?);
    reader.take("3-get-page", "/get/", "Bipasha").await?;
    let another = Reader::start(album, &home.path().join("another"), steps::serve(3, &table)?).await?;
    another.take_for(500, "3-get-missing-key", "/greet", "the session has no \"name\"").await?;
    another.browser.close().await?;

    let broken = home.path().join("broken.sqlite3");
    reader.go_on_with(steps::serve(3, &broken)?);
    SqliteConnection::establish(&broken.display().to_string())?.batch_execute("DROP TABLE sessions")?;
    reader.take_for(503, "3-get-missing-table", "/get/", "diesel migration run").await?;

    reader.go_on_with(steps::serve(4, &table)?);
    reader.browser.open("/get/").await?;
    reader.browser.open("/set/").await?;
    reader.take("4-second-get", "/get/", "Codedec").await?;
    reader.take("4-second-inspect", "/inspect/", "UPDATE").await?;

    reader.go_on_with(steps::serve(5, &table)?);
    reader.take("5-delete-page", "/del/", "Session Deleted!!").await?;
    for path in ["/get/", "/del/", "/clear"] {
        reader.browser.open(path).await?;
    }
    reader.take("5-clear-inspect", "/inspect/", "{}").await?;
    reader.browser.open("/flush").await?;
    reader.take("5-flush-inspect", "/inspect/", "No row for you").await?;

    let table = home.path().join("new.sqlite3");
    reader.go_on_with(Server::beside("session_tutorial", &table)?);
    reader.browser.open("/set/").await?;
    reader.take("6-expiry-inspect", "/inspect/", "1209600").await?;

    let chapter_7 = Chapter7::serve(&table).await?;
    reader.browser.turn_to(&chapter_7.site);
    reader.browser.open("/visits").await?;
    reader.take("7-visits-page", "/visits", "This is visit number 2.").await?;
    let chapter_7 = Chapter7::serve(&table).await?;
    reader.browser.turn_to(&chapter_7.site);
    reader.take("7-name-page", "/name", "Keep it").await?;
    let field = reader.browser.window.find(Locator::Css("input")).await?;
    field.clear().await?;
    field.send_keys("Ada").await?;
    reader.browser.follow(Locator::Css("button"), "/get").await?;
    assert_eq!(reader.browser.texts("dd").await?, ["Ada", "Codedec"]);
    reader.take("7-name-inspect", "/inspect/", "POST /name").await?;
    reader.browser.close().await
}

/// Somebody with a browser, one server at a time, and a camera.
struct Reader {
    album: PathBuf,
    browser: Browser,
    server: Server,
}

impl Reader {
    async fn start(album: &Path, home: &Path, server: Server) -> Result<Self> {
        let browser = Browser::start(&server, &home.join("browser")).await?;
        Ok(Self { album: album.to_owned(), browser, server })
    }

    fn go_on_with(&mut self, server: Server) {
        self.browser.turn_to(&server.site());
        self.server = server; // and the last one ends
    }

    async fn take(&self, name: &str, path: &str, seen: &str) -> Result {
        self.take_for(200, name, path, seen).await
    }

    /// The page is asked for once, since a second visit may change what is seen.
    async fn take_for(&self, status: u16, name: &str, path: &str, seen: &str) -> Result {
        self.browser.open_for(status, path).await?;
        let text = self.browser.texts("main").await?.concat();
        assert!(text.contains(seen), "{name} is to show {seen}, and shows {text}");
        for scheme in Scheme::BOTH {
            self.browser.look(scheme, WIDE).await?;
            fs::write(self.album.join(format!("{name}-{}.png", scheme.name())), self.browser.photograph().await?)?;
        }
        Ok(())
    }
}

/// Text in two or three colours needs few shades. A quarter of the bytes is left.
fn make_small(picture: &Path) -> Result {
    let status =
        Command::new("pngquant").args(["--force", "--ext=.png", "--nofs", "--speed=1", "24"]).arg(picture).status();
    match status.map_err(|error| format!("pngquant: {error}"))?.success() {
        true => Ok(()),
        false => Err(format!("pngquant has failed on {}", picture.display()).into()),
    }
}

fn names_in(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for file in fs::read_dir(folder)? {
        names.insert(file?.file_name().into_string().map_err(|name| format!("{}", name.display()))?);
    }
    Ok(names)
}

fn named_by(text: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for name in names_in(text)? {
        let chapter = fs::read_to_string(text.join(name))?;
        let after = chapter.split("../images/tutorial/").skip(1);
        names.extend(after.filter_map(|rest| rest.split(['"', ')']).next()).map(str::to_owned));
    }
    Ok(names)
}
