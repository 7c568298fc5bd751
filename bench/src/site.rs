use std::cell;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rocket_diesel_sessions::schema::sessions;

use crate::cell::{Cell, Cookies};
use crate::figures::Sample;
use crate::process::{self, Used};
use crate::server::{Environment, Server};
use crate::visitors::{self, Visitors};
use crate::wrk::Load;
use crate::{Outcome, database};

/// A server, its database, and the visitors that it knows.
#[derive(Debug)]
pub struct Site {
    environment: Environment,
    pub server: Server,
    living: Visitors,
    changing: Visitors,
    /// How many threads send the load. Always as many, because each has visitors of its own.
    threads: u32,
    /// How many requests were to change something.
    changes: cell::Cell<u64>,
}

impl Site {
    /// A site with that many new visitors.
    pub fn open(environment: Environment, count: usize, threads: u32) -> Outcome<Self> {
        let server = Server::start(&environment)?;
        let cookies = visitors::arrive(&server, count)?;
        Self::with_visitors(environment, server, &cookies, threads)
    }

    /// A site whose visitors were there before.
    pub fn reopen(environment: Environment, cookies: &[String], threads: u32) -> Outcome<Self> {
        let server = Server::start(&environment)?;
        Self::with_visitors(environment, server, cookies, threads)
    }

    fn with_visitors(environment: Environment, server: Server, cookies: &[String], threads: u32) -> Outcome<Self> {
        let (living, changing) = cookies.split_at(cookies.len() / 2);
        let file = |name: &str| environment.database.with_extension(name);
        let (living, changing) = (Visitors::new(&file("living"), living)?, Visitors::new(&file("changing"), changing)?);
        Ok(Self { environment, server, living, changing, threads, changes: cell::Cell::default() })
    }

    /// Has requests of one kind sent, and looks at what the server uses for them.
    pub fn measure(&self, cell: Cell, seconds: u32, connections: u32) -> Outcome<Sample> {
        let visitors = match cell.cookies() {
            Cookies::None => None,
            Cookies::Living => Some(&self.living),
            Cookies::Changing => Some(&self.changing),
        };
        let from = visitors.map(|visitors| visitors.turn.borrow().clone()).unwrap_or_default();
        let load = Load {
            server: &self.server,
            seconds,
            connections,
            threads: self.threads,
            cookies: visitors.map(|visitors| visitors.cookies.as_path()),
            from: &from,
            paths: cell.paths(),
        };
        process::forget_peak(self.server.id())?;
        let before = Used::by(self.server.id())?;
        let mut answer = load.send()?;
        let after = Used::by(self.server.id())?;
        if let Some(visitors) = visitors {
            visitors.turn.replace(std::mem::take(&mut answer.at));
        }
        if cell == Cell::Changing {
            self.changes.set(self.changes.get() + answer.requests);
        }
        Ok(Sample::new(&answer, before, after))
    }

    /// Whether the requests that were to change something did, and no others. Each save is one version more.
    ///
    /// A few are always amiss: those that were under way when the time was over.
    pub fn check_changes(&self) -> Outcome {
        let mut conn = database::open(&self.environment.database)?;
        let saved: i64 =
            sessions::table.select(sql::<BigInt>("coalesce(sum(version - 1), 0)")).get_result(&mut conn)?;
        let meant = self.changes.get();
        match (saved as f64 - meant as f64).abs() <= 0.03 * meant as f64 + 100.0 {
            true => Ok(()),
            false => Err(format!("{meant} requests were to change a session, and {saved} did").into()),
        }
    }
}
