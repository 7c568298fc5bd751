// NEVER COPY ANYTHING FROM THIS FILE. Its sessions are weak on purpose: chapter 9 of the tutorial breaks them.
//
// The sessions under /weak have five classic mistakes that many applications have made. Under /real are the same pages
// with this project's sessions. It serves only this machine. Run it: cargo run --example weak

use std::time::Duration;

use rocket::fairing::AdHoc;
use rocket::response::content::RawHtml;
use rocket::tokio::time::sleep;
use rocket::{Config, get, launch, post, routes};
use rocket_diesel_sessions::{CrossOrigin, Session};
use serde_json::{Map, Value};

/// Returns the text that all pages show about a session.
fn page(owner: Option<&str>, data: &Map<String, Value>) -> String {
    let owner = owner.unwrap_or("Nobody");
    format!("{owner} is signed in. Kept: {}\n", Value::from(data.clone()))
}

mod weak {
    use std::convert::Infallible;
    use std::sync::Mutex;

    use diesel::prelude::*;
    use rocket::State;
    use rocket::http::{Cookie, CookieJar};
    use rocket::request::{FromRequest, Outcome, Request};

    use super::*;

    diesel::table! {
        weak_sessions (key) {
            key -> Text,
            owner -> Nullable<Text>,
            data -> Text,
        }
    }

    /// Mistake 2: the table contains the key itself, as it is in the cookie.
    #[derive(Queryable, Insertable)]
    #[diesel(table_name = weak_sessions)]
    pub struct Weak {
        key: String,
        owner: Option<String>,
        data: String,
    }

    pub type Db = Mutex<SqliteConnection>;

    #[rocket::async_trait]
    impl<'r> FromRequest<'r> for Weak {
        type Error = Infallible;

        /// Mistake 1: the server accepts anything that the browser sends as a key, and keeps it.
        async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
            let key = match request.cookies().get("weakid") {
                Some(cookie) => cookie.value().to_owned(),
                None => rand::random::<[u8; 32]>().map(|byte| format!("{byte:02x}")).concat(),
            };
            request.cookies().add(Cookie::new("weakid", key.clone()));
            let db = request.rocket().state::<Db>().expect("the launch manages it");
            let found = weak_sessions::table.find(&key).first(&mut *db.lock().unwrap());
            Outcome::Success(found.unwrap_or(Self { key, owner: None, data: "{}".into() }))
        }
    }

    impl Weak {
        /// Mistake 4: the whole session is saved, so it overwrites what another request has saved in the meantime.
        fn save(&self, db: &Db) {
            let all = diesel::replace_into(weak_sessions::table).values(self);
            all.execute(&mut *db.lock().unwrap()).expect("the table is there");
        }

        fn data(&self) -> Map<String, Value> {
            serde_json::from_str(&self.data).unwrap_or_default()
        }
    }

    #[get("/")]
    pub fn show(session: Weak) -> String {
        format!("WEAK ON PURPOSE: {}", page(session.owner.as_deref(), &session.data()))
    }

    #[post("/login/<name>")]
    pub fn login(mut session: Weak, name: String, db: &State<Db>) -> String {
        session.owner = Some(name); // the other half of mistake 1: the key stays the same
        session.save(db);
        show(session)
    }

    /// Mistake 3: the browser forgets the key, but the table does not.
    #[post("/logout")]
    pub fn logout(jar: &CookieJar<'_>) -> &'static str {
        jar.remove("weakid");
        "WEAK ON PURPOSE: Signed out.\n"
    }

    /// A `pause`, in milliseconds, makes the page slow.
    #[post("/keep/<name>/<value>?<pause>")]
    pub async fn keep(mut session: Weak, name: String, value: &str, pause: Option<u64>, db: &State<Db>) -> String {
        if let Some(pause) = pause {
            sleep(Duration::from_millis(pause)).await;
        }
        let mut data = session.data();
        data.insert(name, value.into());
        session.data = Value::Object(data).to_string();
        session.save(db);
        show(session)
    }

    /// Creates an empty table in a file of its own.
    pub fn open(file: &str) -> QueryResult<Db> {
        let mut conn = SqliteConnection::establish(file).expect("a file that SQLite can write");
        diesel::sql_query("DROP TABLE IF EXISTS weak_sessions").execute(&mut conn)?;
        diesel::sql_query("CREATE TABLE weak_sessions (key TEXT PRIMARY KEY NOT NULL, owner TEXT, data TEXT NOT NULL)")
            .execute(&mut conn)?;
        Ok(Mutex::new(conn))
    }
}

mod real {
    use rocket_diesel_sessions::Result;

    use super::*;

    #[get("/")]
    pub fn show(session: Session<'_>) -> String {
        page(session.owner().as_deref(), &session.to_map())
    }

    #[post("/login/<name>")]
    pub fn login(session: Session<'_>, name: &str) -> String {
        session.login(name);
        show(session)
    }

    #[post("/logout")]
    pub fn logout(session: Session<'_>) -> &'static str {
        session.logout();
        "Signed out.\n"
    }

    /// A `pause`, in milliseconds, makes the page slow.
    #[post("/keep/<name>/<value>?<pause>")]
    pub async fn keep(session: Session<'_>, name: &str, value: &str, pause: Option<u64>) -> Result<String> {
        if let Some(pause) = pause {
            sleep(Duration::from_millis(pause)).await;
        }
        session.insert(name, value)?;
        Ok(show(session))
    }
}

#[get("/")]
fn index() -> &'static str {
    "WEAK ON PURPOSE, for chapter 9 of the tutorial. Never copy it.\n"
}

/// A page of Mallory's. Open it at `localhost`: for a browser, that is another site than 127.0.0.1.
#[get("/mallory")]
fn mallory(config: &Config) -> RawHtml<String> {
    let form = |sessions: &str| {
        let address = format!("http://127.0.0.1:{}/{sessions}/login/mallory", config.port);
        format!(r#"<form method="post" action="{address}"><button>Win a prize, {sessions}</button></form>"#)
    };
    RawHtml(["<!DOCTYPE html><title>A prize</title>", &form("weak"), &form("real")].concat())
}

/// Mistake 5: forms of other sites may do everything under /weak.
fn forged_forms_work() -> AdHoc {
    AdHoc::on_ignite("Forged forms work", |rocket| async {
        let figment = rocket.figment().clone().merge(("cross_origin.exempt_paths", ["/weak/<..>"]));
        rocket.configure(figment)
    })
}

/// Opens the weak table, and refuses to launch if other machines could reach the server.
fn on_this_machine_only() -> AdHoc {
    AdHoc::try_on_ignite("On this machine only", |rocket| async {
        if !Config::try_from(rocket.figment()).is_ok_and(|config| config.address.is_loopback()) {
            rocket::error!("weak on purpose: this serves 127.0.0.1 and no other address");
            return Err(rocket);
        }
        let file = rocket.figment().extract_inner("weak_database").unwrap_or("weak.sqlite3".to_owned());
        Ok(rocket.manage(weak::open(&file).expect("SQL that SQLite takes")))
    })
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(on_this_machine_only())
        .attach(forged_forms_work())
        .attach(CrossOrigin::fairing())
        .attach(Session::fairing())
        .mount("/", routes![index, mallory])
        .mount("/weak", routes![weak::show, weak::login, weak::logout, weak::keep])
        .mount("/real", routes![real::show, real::login, real::logout, real::keep])
}
