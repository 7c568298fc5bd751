use std::cell::Cell;
use std::mem;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rocket_diesel_sessions::schema::sessions;

use super::process_usage::{self, ProcessUsage};
use super::request_kind::{CookieSet, RequestKind};
use super::sample::Sample;
use super::visitors::{self, Visitors};
use super::wrk::Load;
use crate::database::connection;
use crate::error::Result;
use crate::server::{Environment, Server};

/// What is measured: a running server, its database and the visitors who have a session there.
#[derive(Debug)]
pub struct Target {
    environment: Environment,
    pub server: Server,
    unchanging: Visitors,
    changing: Visitors,
    /// How many threads wrk runs. It is the same in all measurements, because each thread has its own visitors.
    threads: u32,
    /// How many requests were sent that change a session.
    changes: Cell<u64>,
}

impl Target {
    /// Starts a server and creates sessions for `count` visitors.
    pub fn with_new_visitors(environment: Environment, count: usize, threads: u32) -> Result<Self> {
        let server = Server::start(&environment)?;
        let cookies = visitors::create_sessions(&server, count)?;
        Self::new(environment, server, &cookies, threads)
    }

    /// Starts a server on a database that already has the visitors' sessions.
    pub fn with_known_visitors(environment: Environment, cookies: &[String], threads: u32) -> Result<Self> {
        let server = Server::start(&environment)?;
        Self::new(environment, server, cookies, threads)
    }

    fn new(environment: Environment, server: Server, cookies: &[String], threads: u32) -> Result<Self> {
        let (unchanging, changing) = cookies.split_at(cookies.len() / 2);
        let visitors = |name: &str, cookies| Visitors::new(&environment.database.with_extension(name), cookies);
        let (unchanging, changing) = (visitors("unchanging", unchanging)?, visitors("changing", changing)?);
        Ok(Self { environment, server, unchanging, changing, threads, changes: Cell::default() })
    }

    /// Sends requests of one kind, and measures them and the server.
    pub fn measure(&self, kind: RequestKind, seconds: u32, connections: u32) -> Result<Sample> {
        let visitors = match kind.cookies() {
            CookieSet::None => None,
            CookieSet::Unchanging => Some(&self.unchanging),
            CookieSet::Changing => Some(&self.changing),
        };
        let positions = visitors.map(|visitors| visitors.positions.borrow().clone()).unwrap_or_default();
        let load = Load {
            server: &self.server,
            seconds,
            connections,
            threads: self.threads,
            cookies: visitors.map(|visitors| visitors.cookies.as_path()),
            positions: &positions,
            paths: kind.paths(),
        };
        process_usage::reset_peak_memory(self.server.id())?;
        let before = ProcessUsage::of(self.server.id())?;
        let mut summary = load.send()?;
        let after = ProcessUsage::of(self.server.id())?;
        if let Some(visitors) = visitors {
            visitors.positions.replace(mem::take(&mut summary.positions));
        }
        if kind == RequestKind::Changing {
            self.changes.set(self.changes.get() + summary.requests);
        }
        Ok(Sample::new(&summary, before, after))
    }

    /// Returns an error unless the database has about as many saves as requests were sent that change a session. Each
    /// save increases a session's version by one.
    ///
    /// The numbers differ a little, because wrk does not wait for the last responses.
    pub fn check_changes(&self) -> Result {
        let mut conn = connection::open(&self.environment.database)?;
        let saved: i64 =
            sessions::table.select(sql::<BigInt>("coalesce(sum(version - 1), 0)")).get_result(&mut conn)?;
        let sent = self.changes.get();
        match (saved as f64 - sent as f64).abs() <= 0.03 * sent as f64 + 100.0 {
            true => Ok(()),
            false => Err(format!("{sent} requests should have changed a session, but {saved} did").into()),
        }
    }
}
