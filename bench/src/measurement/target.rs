use std::cell::Cell;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rocket_diesel_sessions::schema::sessions;

use super::audience::Audience;
use super::measured::Measured;
use super::process_usage::{self, ProcessUsage};
use super::request_kind::RequestKind;
use super::sample::Sample;
use super::visitors;
use crate::database::connection;
use crate::error::Result;
use crate::server::{Environment, Server};

/// What is measured: a running server, its database and the visitors who have a session there.
#[derive(Debug)]
pub struct Target {
    environment: Environment,
    pub server: Server,
    audience: Audience,
    /// How many requests were sent that change a session.
    changes: Cell<u64>,
}

impl Target {
    /// Starts a server and creates sessions for `count` visitors.
    pub fn with_new_visitors(environment: Environment, count: usize, threads: u32) -> Result<Self> {
        let server = Server::start(&environment)?;
        let cookies = visitors::create_sessions(&server.url(""), count)?;
        Self::new(environment, server, &cookies, threads)
    }

    /// Starts a server on a database that already has the visitors' sessions.
    pub fn with_known_visitors(environment: Environment, cookies: &[String], threads: u32) -> Result<Self> {
        let server = Server::start(&environment)?;
        Self::new(environment, server, cookies, threads)
    }

    fn new(environment: Environment, server: Server, cookies: &[String], threads: u32) -> Result<Self> {
        let audience = Audience::new(&environment.database, cookies, threads)?;
        Ok(Self { environment, server, audience, changes: Cell::default() })
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

impl Measured for Target {
    fn measure(&self, kind: RequestKind, seconds: u32, connections: u32) -> Result<Sample> {
        process_usage::reset_peak_memory(self.server.id())?;
        let before = ProcessUsage::of(self.server.id())?;
        let summary = self.audience.send(&self.server.url(""), kind, seconds, connections)?;
        let after = ProcessUsage::of(self.server.id())?;
        if kind == RequestKind::Changing {
            self.changes.set(self.changes.get() + summary.requests);
        }
        Ok(Sample::new(&summary, before, after))
    }
}
