use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use rocket::figment::Figment;
use rocket::http::{ContentType, Status};
use rocket::local::blocking::Client;
use rocket::time::OffsetDateTime;
use rocket::tokio::runtime::Runtime;
use rocket::{Config, async_trait};
use rocket_diesel_accounts::{Accounts, Admin};
use rocket_diesel_sessions::{Clock, CrossOrigin, Session};
use rocket_dyn_templates::Template;

use crate::database::connection;
use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::rounds;
use crate::options::Options;
use crate::progress;
use crate::report::{Machine, table};
use crate::statistics::median;

/// The pages of the admin site, and what the table calls them.
const PAGES: [(&str, &str); 8] = [
    ("front page, counted less than a minute ago", "/admin/"),
    ("front page, when it counts", COUNTING),
    ("sessions, newest", "/admin/sessions/"),
    ("sessions, of one owner", "/admin/sessions/?q=ada"),
    ("sessions, signed in", "/admin/sessions/?signed_in=yes"),
    ("sessions, expired", "/admin/sessions/?state=expired"),
    ("users", "/admin/users/"),
    ("log", "/admin/log/"),
];

const COUNTING: &str = "/admin/?count";
const PASSWORD: &str = "correct horse battery";

/// Measures how the pages of the admin site depend on the number of sessions. It needs no server: it calls the pages.
pub fn run(sizes: &[u64], options: &Options) -> Result {
    let folder = RunFolder::create(options)?;
    Machine::inspect(options, &folder)?.print();
    let sites: Vec<Site> = sizes.iter().map(|&rows| Site::open(&folder, rows)).collect::<Result<_>>()?;
    let all: Vec<(usize, usize)> =
        (0..PAGES.len()).flat_map(|page| (0..sites.len()).map(move |site| (page, site))).collect();
    let bar = progress::bar(u64::from(options.rounds) * all.len() as u64, "measurements");
    let mut times = vec![vec![Vec::new(); sites.len()]; PAGES.len()];
    for round in 0..options.rounds {
        for (page, site) in rounds::order(&all, round, options.rounds) {
            let milliseconds = sites[site].measure(PAGES[page].1, Duration::from_secs(options.seconds.into()));
            progress::print_line(&bar, &format!("{}, {} sessions: {milliseconds:.2} ms", PAGES[page].0, sizes[site]));
            bar.inc(1);
            times[page][site].push(milliseconds);
        }
    }
    bar.finish_and_clear();
    println!(
        "Milliseconds for a page, with that many sessions in the table. Medians of {} × {} s. The ratios are medians too:\n\
         the largest table to each other one in the same round.\n",
        options.rounds, options.seconds
    );
    let number = |rows: &u64| table::number(*rows as f64, 0);
    let (last, smaller) = sizes.split_last().ok_or("name at least one number of sessions")?;
    let ratios = smaller.iter().map(|rows| format!("{}\n/ {}", number(last), number(rows)));
    let header: Vec<String> = [String::new()].into_iter().chain(sizes.iter().map(number)).chain(ratios).collect();
    let row = |page: usize| {
        let ratio =
            |site: &Vec<f64>| median(site.iter().zip(&times[page][smaller.len()]).map(|(own, last)| last / own));
        let medians = times[page].iter().map(|site| table::number(median(site.iter().copied()), 2));
        let ratios = times[page][..smaller.len()].iter().map(|site| table::ratio(ratio(site)));
        [PAGES[page].0.to_owned()].into_iter().chain(medians).chain(ratios).collect()
    };
    table::print(&header.iter().map(String::as_str).collect::<Vec<_>>(), 1, (0..PAGES.len()).map(row).collect());
    Ok(())
}

/// An application with an admin site, and somebody who is signed in to it.
struct Site {
    client: Client,
    clock: SteppingClock,
}

impl Site {
    fn open(folder: &RunFolder, rows: u64) -> Result<Self> {
        let (path, templates) = (folder.path(&format!("admin-{rows}.sqlite3")), folder.path("templates"));
        fs::create_dir_all(&templates)?;
        let figment = Figment::from(Config::debug_default())
            .merge(("log_level", "off"))
            .merge(("template_dir", templates))
            .merge(("databases.sessions.url", &path));
        let runtime = Runtime::new()?;
        let accounts = Accounts::open(&figment)?;
        let user = runtime.block_on(accounts.create_user("ada", PASSWORD))?;
        fill(&path, rows, user.id())?;
        let clock = SteppingClock::default();
        let rocket = rocket::custom(figment)
            .attach(Session::fairing().clock(clock.clone()))
            .attach(CrossOrigin::fairing())
            .attach(Template::custom(Accounts::templates))
            .attach(Accounts::fairing())
            .attach(Admin::fairing());
        let client = Client::tracked(rocket).map_err(|error| error.to_string())?;
        let form = format!("username=ada&password={}", PASSWORD.replace(' ', "+"));
        let signed_in = client.post("/accounts/login/").header(ContentType::Form).body(form).dispatch().status();
        match signed_in == Status::SeeOther {
            true => Ok(Self { client, clock }),
            false => Err(format!("the sign-in was answered with {signed_in}").into()),
        }
    }

    /// Returns how long the page takes, in milliseconds: the median of as many requests as fit into the time.
    fn measure(&self, path: &str, time: Duration) -> f64 {
        let end = Instant::now() + time;
        let mut times = Vec::new();
        while times.is_empty() || Instant::now() < end {
            if path == COUNTING {
                self.clock.step();
            }
            let started = Instant::now();
            let response = self.client.get(path).dispatch();
            assert_eq!(response.status(), Status::Ok, "{path}");
            response.into_bytes();
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        median(times)
    }
}

/// Inserts sessions of two weeks. Every second one is signed in, and every tenth has expired. `owner` has ten of them.
fn fill(path: &Path, rows: u64, owner: &str) -> Result {
    let mut conn = connection::open(path)?;
    conn.batch_execute(&format!(
        "UPDATE users SET is_staff = 1, is_superuser = 1;
         WITH RECURSIVE counter(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counter WHERE i < {rows})
         INSERT INTO sessions (session_key, session_data, expire_date, created_at, version, owner)
         SELECT
           lower(hex(randomblob(32))), '{{\"lname\":\"Codedec\",\"name\":\"Bipasha\"}}',
           datetime('now', CASE i % 10 WHEN 0 THEN '-1 minute' ELSE printf('+%d seconds', 86400 + i % 1123200) END),
           datetime('now', printf('-%d seconds', abs(random() % 1209600))), 1,
           CASE WHEN i <= 10 THEN '{owner}' WHEN i % 2 = 0 THEN lower(hex(randomblob(16))) END
         FROM counter;
         PRAGMA wal_checkpoint(TRUNCATE)"
    ))?;
    Ok(())
}

/// A clock that can skip a minute, so that the front page counts again.
#[derive(Clone, Default)]
struct SteppingClock(Arc<AtomicI64>);

impl SteppingClock {
    fn step(&self) {
        self.0.fetch_add(61, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for SteppingClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + Duration::from_secs(self.0.load(Ordering::Relaxed).cast_unsigned())
    }
}
