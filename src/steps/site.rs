use std::cell::RefCell;
use std::error::Error;
use std::time::Duration;

use diesel::prelude::*;
use rocket::figment::Figment;
use rocket::tokio::runtime::Handle;
use rocket::tokio::task::block_in_place;
use rocket_diesel_sessions::Settings;
use rocket_diesel_sessions::db::{Config, Database};
use ureq::Agent;

use crate::models::SessionRow;
use crate::schema::sessions;

pub type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// The reader's server, and the table that it uses.
pub struct Site {
    address: String,
    cookie_name: String,
    agent: Agent,
    database: Database,
    /// The keys of the rows that the visitors have made.
    made: RefCell<Vec<String>>,
}

impl Site {
    /// Finds the server and the table in the configuration, as the server does. Returns an error if the server does not answer.
    pub fn new(figment: &Figment) -> Result<Self> {
        let port: u16 = figment.extract_inner("port")?;
        let agent = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent: Agent = agent.timeout_global(Some(Duration::from_secs(30))).build().into();
        let address = format!("http://127.0.0.1:{port}");
        if let Err(error) = agent.get(&address).call() {
            let advice = "Start it in another terminal, and leave it running";
            return Err(format!("no server answers at {address}. {advice} ({error})").into());
        }
        let config = Config::extract(figment)?;
        if config.is_missing() {
            return Err(format!("there is no database {}. Type: cargo run -- migrate", config.url).into());
        }
        Ok(Self {
            address,
            cookie_name: Settings::extract(figment)?.cookie_name,
            agent,
            database: Database::connect(&config)?,
            made: RefCell::default(),
        })
    }

    /// Returns a new visitor, who has no cookie.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor { site: self, cookie: None, key: None }
    }

    /// Returns all rows, also those that have expired.
    pub fn rows(&self) -> Result<Vec<SessionRow>> {
        let rows = self.database.read(|conn| sessions::table.select(SessionRow::as_select()).load(conn));
        Ok(block_in_place(|| Handle::current().block_on(rows))?)
    }

    /// Deletes the rows that the visitors have made.
    pub fn delete_rows(&self) -> Result {
        let made = self.made.take();
        let delete = self.database.write(move |conn| {
            diesel::delete(sessions::table.filter(sessions::session_key.eq_any(&made))).execute(conn)
        });
        block_in_place(|| Handle::current().block_on(delete))?;
        Ok(())
    }
}

/// A visitor, with the cookie of their session.
pub struct Visitor<'s> {
    site: &'s Site,
    cookie: Option<String>,
    /// The key of their row.
    key: Option<String>,
}

/// A response to a visitor.
pub struct Page {
    pub path: String,
    pub status: u16,
    pub body: String,
    /// The header that sets the session's cookie.
    pub set_cookie: Option<String>,
}

impl Visitor<'_> {
    pub fn get(&mut self, path: &str) -> Result<Page> {
        self.send("GET", path, "", "")
    }

    /// Sends a form. `origin` is what a browser says in `Sec-Fetch-Site`.
    pub fn post(&mut self, path: &str, form: &str, origin: &str) -> Result<Page> {
        self.send("POST", path, form, origin)
    }

    fn send(&mut self, method: &str, path: &str, form: &str, origin: &str) -> Result<Page> {
        let known = self.site.rows()?;
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.site.address));
        if method == "POST" {
            request =
                request.header("Content-Type", "application/x-www-form-urlencoded").header("Sec-Fetch-Site", origin);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("Cookie", cookie);
        }
        let mut response = self.site.agent.run(request.body(form.to_owned())?)?;
        let cookies = response.headers().get_all("Set-Cookie").iter().filter_map(|header| header.to_str().ok());
        let set_cookie =
            cookies.map(str::to_owned).find(|header| header.starts_with(&format!("{}=", self.site.cookie_name)));
        if let Some(header) = &set_cookie {
            self.cookie = header.split(';').next().map(str::to_owned);
            // Whoever else makes a session at this moment can be mistaken for the visitor.
            let new =
                self.site.rows()?.into_iter().find(|row| !known.iter().any(|old| old.session_key == row.session_key));
            if let Some(row) = new {
                self.site.made.borrow_mut().push(row.session_key.clone());
                self.key = Some(row.session_key);
            }
        }
        let (status, body) = (response.status().as_u16(), response.body_mut().read_to_string()?);
        Ok(Page { path: path.to_owned(), status, body, set_cookie })
    }

    /// Returns the row of the session, if there is one.
    pub fn row(&self) -> Result<Option<SessionRow>> {
        Ok(self.site.rows()?.into_iter().find(|row| Some(&row.session_key) == self.key.as_ref()))
    }
}
