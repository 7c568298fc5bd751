//! Limits the attempts to guess a password: after some failures, each further attempt has to wait twice as long.
//!
//! | failures of | are free | then wait | |
//! |---|---|---|---|
//! | a name from one network | 5 | 1 s, 2 s, … 15 min | one guesser |
//! | a network, with any names | 20 | 1 s, 2 s, … 15 min | one guesser with many names. Many people can share an address |
//! | a name from anywhere | 100 | 1 s, 2 s, … 1 min | many guessers. The wait is short, because the owner of the name has it too |
//! | a browser that has signed in as this user before | 5 | 1 s, 2 s, … 15 min | instead of the others |
//!
//! So whoever fails again and again with somebody's name does not keep that person out of their account: neither in a browser
//! that they have used, nor in a new one elsewhere.

use std::net::IpAddr;
use std::time::Duration;

use diesel::prelude::*;
use rocket_diesel_sessions::db::DbConnection;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::schema::sign_in_attempts;
use crate::timestamp::column;
use crate::users::{User, name_key};

/// This many failures of a person are free. Then the waiting begins.
pub(crate) const FREE: i32 = 5;
const FREE_OF_NETWORK: i32 = 20;
const FREE_OF_NAME: i32 = 100;
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
const LONGEST_WAIT_OF_NAME: Duration = Duration::from_secs(60);
/// A failure is forgotten after this time without another one.
const MEMORY: time::Duration = time::Duration::DAY;

/// Something whose failures are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    key: String,
    /// After this many failures, the waiting begins.
    free: i32,
    longest_wait: Duration,
    /// Many people have this counter in common.
    is_shared: bool,
}

impl Counter {
    fn new(kind: &str, value: &str) -> Self {
        let key = format!("{:x}", Sha256::digest(format!("{kind}:{value}")));
        Self { key, free: FREE, longest_wait: LONGEST_WAIT, is_shared: false }
    }

    /// Returns what counts a sign-in. `secret` is random: people type passwords into the field for the name, and nobody who
    /// steals the table can find out what was typed there.
    pub fn of_sign_in(user: Option<&User>, name: &str, address: Option<IpAddr>, secret: &str) -> Vec<Self> {
        let name = match user {
            Some(user) => user.stamp.clone(), // another password, another count
            None => format!("{secret}:{}", name_key(name)),
        };
        let network = address.map(network).unwrap_or_default();
        let mut counters = vec![Self::new("name from network", &format!("{name} {network}")), Self::of_name(&name)];
        if address.is_some() {
            counters.push(Self { free: FREE_OF_NETWORK, is_shared: true, ..Self::new("network", &network) });
        }
        counters
    }

    fn of_name(name: &str) -> Self {
        Self { free: FREE_OF_NAME, longest_wait: LONGEST_WAIT_OF_NAME, ..Self::new("name", name) }
    }

    /// Counts sign-ins of a browser that has signed in as this user before.
    pub fn known_device(device: &str) -> Self {
        Self::new("device", device)
    }

    /// Counts the passwords that a signed-in user types again.
    pub fn confirmation(user_id: &str) -> Self {
        Self::new("confirmation", user_id)
    }
}

/// Returns the network of an address. An IPv6 customer has a whole /64 network.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:x}", address.to_bits() >> 64),
    }
}

/// How long an attempt has to wait, in whole seconds, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub seconds: u64,
}

impl Wait {
    pub fn new(wait: Duration) -> Self {
        Self { seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0) }
    }

    /// Returns what the pages say.
    pub fn message(self) -> String {
        match self.seconds {
            1 => "There were too many attempts. Wait a second, and try again.".into(),
            seconds => format!("There were too many attempts. Wait {seconds} seconds, and try again."),
        }
    }
}

/// Returns how long the next attempt has to wait, if it has to.
pub(crate) fn wait(
    conn: &mut DbConnection,
    counters: &[Counter],
    now: OffsetDateTime,
) -> QueryResult<Option<Duration>> {
    let mut longest = None;
    for counter in counters {
        if let Some((failures, last)) = find(conn, counter, now)? {
            let end = last.assume_utc() + delay(failures - counter.free).min(counter.longest_wait);
            longest = longest.max(Duration::try_from(end - now).ok().filter(|left| !left.is_zero()));
        }
    }
    Ok(longest)
}

/// Counts an attempt as a failure, before its password is checked: attempts at the same moment can't all be the first. If it
/// has to wait, counts nothing and returns how long. What many people share is counted by [`fail`], so that they don't make
/// each other wait while their passwords are checked.
pub(crate) fn begin(
    conn: &mut DbConnection,
    counters: &[Counter],
    now: OffsetDateTime,
) -> QueryResult<Option<Duration>> {
    let refused = wait(conn, counters, now)?;
    if refused.is_none() {
        counters.iter().filter(|counter| !counter.is_shared).try_for_each(|counter| count(conn, counter, now))?;
    }
    Ok(refused)
}

/// Counts a wrong password where [`begin`] has not.
pub(crate) fn fail(conn: &mut DbConnection, counters: &[Counter], now: OffsetDateTime) -> QueryResult<()> {
    counters.iter().filter(|counter| counter.is_shared).try_for_each(|counter| count(conn, counter, now))
}

/// Forgets the failures after a right password. Those of an address stay: an attacker with an account must not clear them.
pub(crate) fn succeed(conn: &mut DbConnection, counters: &[Counter]) -> QueryResult<()> {
    counters.iter().filter(|counter| !counter.is_shared).try_for_each(|counter| delete(conn, counter))
}

/// Deletes failures that nobody remembers any more.
pub(crate) fn forget(conn: &mut DbConnection, now: OffsetDateTime) -> QueryResult<()> {
    let old = sign_in_attempts::table.filter(sign_in_attempts::last_failed_at.lt(column(now - MEMORY)));
    diesel::delete(old).execute(conn).map(drop)
}

fn find(
    conn: &mut DbConnection,
    counter: &Counter,
    now: OffsetDateTime,
) -> QueryResult<Option<(i32, PrimitiveDateTime)>> {
    sign_in_attempts::table
        .filter(sign_in_attempts::attempt_key.eq(&counter.key))
        .filter(sign_in_attempts::last_failed_at.ge(column(now - MEMORY)))
        .select((sign_in_attempts::failures, sign_in_attempts::last_failed_at))
        .get_result(conn)
        .optional()
}

fn count(conn: &mut DbConnection, counter: &Counter, now: OffsetDateTime) -> QueryResult<()> {
    let row = sign_in_attempts::table
        .filter(sign_in_attempts::attempt_key.eq(&counter.key))
        .filter(sign_in_attempts::last_failed_at.ge(column(now - MEMORY)));
    let one_more = (
        sign_in_attempts::failures.eq(sign_in_attempts::failures + 1),
        sign_in_attempts::last_failed_at.eq(column(now)),
    );
    if diesel::update(row).set(one_more).execute(conn)? == 0 {
        delete(conn, counter)?; // an old one
        let row = (
            sign_in_attempts::attempt_key.eq(&counter.key),
            sign_in_attempts::failures.eq(1),
            sign_in_attempts::last_failed_at.eq(column(now)),
        );
        diesel::insert_into(sign_in_attempts::table).values(row).execute(conn)?;
    }
    Ok(())
}

fn delete(conn: &mut DbConnection, counter: &Counter) -> QueryResult<()> {
    diesel::delete(sign_in_attempts::table.find(&counter.key)).execute(conn).map(drop)
}

/// Returns the wait after this many failures over the free ones: one second, two, four, and so on.
fn delay(over: i32) -> Duration {
    match u32::try_from(over) {
        Ok(over) => Duration::from_secs(1 << over.min(32)),
        Err(_) => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_after_the_free_failures_and_doubles() {
        let seconds: Vec<u64> = (-2..7).map(|over| delay(over).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8, 16, 32, 64]);
        assert!(delay(i32::MAX) > LONGEST_WAIT);
    }

    #[test]
    fn addresses_of_one_ipv6_customer_are_counted_together() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    }

    #[test]
    fn an_unknown_name_is_counted_without_regard_to_case_under_a_key_that_only_this_process_can_make() {
        let keys = |name, secret| Counter::of_sign_in(None, name, None, secret);
        assert_eq!(keys("My Password", "a"), keys("my password", "a"));
        assert_ne!(keys("my password", "a"), keys("my password", "b"));
    }
}
