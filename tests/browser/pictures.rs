//! The tutorial's screenshots. `PICTURES=overwrite cargo test --test browser pictures -- --ignored` takes them again.
//! That also needs Debian's pngquant.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use fantoccini::Locator;
use tempfile::TempDir;

use crate::accounts::{HOME, PASSWORD, PHONE, sign_in};
use crate::chapter_7::Chapter7;
use crate::processes::{Browser, Result, Server};
use crate::screen::{Scheme, WIDE};
use crate::steps;

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_tutorial_shows_exactly_the_pictures_that_can_be_taken() -> Result {
    let (folder, docs) = (TempDir::new()?, Path::new(env!("CARGO_MANIFEST_DIR")).join("docs"));
    let kept = docs.join("images/tutorial");
    take_all(folder.path()).await?;
    let taken = names_in(folder.path())?;
    if env::var("PICTURES").is_ok_and(|value| value == "overwrite") {
        fs::create_dir_all(&kept)?;
        for name in names_in(&kept)?.difference(&taken) {
            fs::remove_file(kept.join(name))?;
        }
        for name in &taken {
            reduce_size(&folder.path().join(name))?;
            fs::copy(folder.path().join(name), kept.join(name))?;
        }
    }
    assert_eq!(
        shown_by(&docs.join("tutorial"))?,
        taken,
        "the pictures that the text shows, and those that can be taken"
    );
    assert_eq!(names_in(&kept)?, taken, "the pictures in the folder, and those that can be taken");
    Ok(())
}

/// Takes all pictures, in the order of the tutorial and from an empty table on. Each step has a server of its own, and
/// all servers have the same table.
async fn take_all(folder: &Path) -> Result {
    let home = TempDir::new()?;
    let table = home.path().join("db.sqlite3");
    let mut reader = Reader::start(folder, home.path(), steps::serve(1, &table)?).await?;
    reader.take("1-run-inspect", "/inspect/", "No row for you").await?;

    reader.switch_to(steps::serve(2, &table)?);
    reader.take("2-set-page", "/set/", "Session Set!!!!").await?;
    reader.take("2-set-inspect", "/inspect/", "INSERT").await?;

    reader.switch_to(steps::serve(3, &table)?);
    reader.take("3-get-page", "/get/", "Bipasha").await?;
    let another = Reader::start(folder, &home.path().join("another"), steps::serve(3, &table)?).await?;
    another
        .take_expecting(500, "3-get-missing-key", "/greet", "the session has no value under the required key")
        .await?;
    another.browser.close().await?;

    let broken = home.path().join("broken.sqlite3");
    reader.switch_to(steps::serve(3, &broken)?);
    SqliteConnection::establish(&broken.display().to_string())?.batch_execute("DROP TABLE sessions")?;
    reader.take_expecting(503, "3-get-missing-table", "/get/", "start it again").await?;

    reader.switch_to(steps::serve(4, &table)?);
    reader.browser.open("/get/").await?;
    reader.browser.open("/set/").await?;
    reader.take("4-second-get", "/get/", "Codedec").await?;
    reader.take("4-second-inspect", "/inspect/", "UPDATE").await?;

    reader.switch_to(steps::serve(5, &table)?);
    reader.take("5-delete-page", "/del/", "Session Deleted!!").await?;
    for path in ["/get/", "/del/", "/clear"] {
        reader.browser.open(path).await?;
    }
    reader.take("5-clear-inspect", "/inspect/", "{}").await?;
    reader.browser.open("/flush").await?;
    reader.take("5-flush-inspect", "/inspect/", "No row for you").await?;

    let table = home.path().join("new.sqlite3");
    reader.switch_to(Server::start_binary("session_tutorial", &table)?);
    reader.browser.open("/set/").await?;
    reader.take("6-expiry-inspect", "/inspect/", "1209600").await?;

    reader.browser.client.delete_all_cookies().await?; // the session of chapter 6 has expired
    let chapter_7 = Chapter7::serve(&table).await?;
    reader.browser.switch_to(&chapter_7.server.site);
    reader.browser.open("/visits").await?;
    reader.take("7-visits-page", "/visits", "This is visit number 2.").await?;
    let chapter_7 = Chapter7::serve(&table).await?;
    reader.browser.switch_to(&chapter_7.server.site);
    reader.take("7-name-page", "/name", "Keep it").await?;
    let field = reader.browser.client.find(Locator::Css("input")).await?;
    field.clear().await?;
    field.send_keys("Ada").await?;
    reader.browser.follow(Locator::Css("main button"), "/get").await?;
    assert_eq!(reader.browser.texts("dd").await?, ["Ada", "not set"]);
    reader.take("7-name-inspect", "/inspect/", "POST /name").await?;

    reader.switch_to(Server::start_binary("session_tutorial", &table)?);
    reader.server.create_superuser("ada", PASSWORD)?;
    let phone =
        Reader::start(folder, &home.path().join("phone"), Server::start_binary("session_tutorial", &table)?).await?;
    phone.browser.pretend_to_be(PHONE).await?;
    sign_in(&phone.browser, "ada", PASSWORD, HOME).await?;
    sign_in(&reader.browser, "ada", PASSWORD, HOME).await?;
    phone.browser.close().await?;
    reader.take("10-devices", HOME, "Safari on iPhone").await?;
    reader.take("10-admin-sessions", "/admin/sessions/", "Safari on iPhone").await?;
    reader.browser.close().await
}

/// A reader of the tutorial, whose browser takes the pictures.
struct Reader {
    folder: PathBuf,
    browser: Browser,
    server: Server,
}

impl Reader {
    async fn start(folder: &Path, home: &Path, server: Server) -> Result<Self> {
        let browser = Browser::start(&server, &home.join("browser")).await?;
        Ok(Self { folder: folder.to_owned(), browser, server })
    }

    fn switch_to(&mut self, server: Server) {
        self.browser.switch_to(&server.site());
        self.server = server; // which ends the previous one
    }

    async fn take(&self, name: &str, path: &str, expected: &str) -> Result {
        self.take_expecting(200, name, path, expected).await
    }

    /// Opens a page and takes it in both color schemes. It requests the page only once, because a second visit may
    /// change what the page shows.
    async fn take_expecting(&self, status: u16, name: &str, path: &str, expected: &str) -> Result {
        self.browser.open_expecting(status, path).await?;
        let text = self.browser.texts("main").await?.concat();
        assert!(text.contains(expected), "{name} should show {expected}, but shows {text}");
        for scheme in Scheme::BOTH {
            self.browser.set_appearance(scheme, WIDE).await?;
            fs::write(self.folder.join(format!("{name}-{}.png", scheme.name())), self.browser.screenshot().await?)?;
        }
        Ok(())
    }
}

/// Reduces a picture to 24 colors, which is enough for text and leaves a quarter of the bytes.
fn reduce_size(picture: &Path) -> Result {
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

/// Returns the names of the pictures that the files in this folder show.
fn shown_by(text: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for name in names_in(text)? {
        let chapter = fs::read_to_string(text.join(name))?;
        let after = chapter.split("../images/tutorial/").skip(1);
        names.extend(after.filter_map(|rest| rest.split(['"', ')']).next()).map(str::to_owned));
    }
    Ok(names)
}
