//! Limits the attempts to guess a password: after some failures, each further attempt has to wait twice as long.
//!
//! Failures are counted by name, by address, and by the browsers that have signed in before. Such a browser has a count of its
//! own, so a stranger who fails again and again with somebody's name does not keep that person out of their account.

use std::net::IpAddr;
use std::time::Duration;

use diesel::prelude::*;
use rocket_diesel_sessions::db::DbConnection;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::schema::sign_in_attempts;
use crate::timestamp::column;
use crate::users::name_key;

/// This many failures of a name, a device or a signed-in user are free. Then the waiting begins.
pub(crate) const FREE: i32 = 5;
/// Many people can share an address, so more failures of one are free.
const FREE_OF_ADDRESS: i32 = 20;
/// The longest wait.
const LONGEST_WAIT: u64 = 15 * 60;
/// A failure is forgotten after this time without another one.
const MEMORY: time::Duration = time::Duration::DAY;

/// Something whose failures are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    key: String,
    /// After this many failures, the waiting begins.
    free: i32,
    /// Many people have this counter in common.
    is_shared: bool,
}

impl Counter {
    fn new(kind: &str, value: &str, free: i32) -> Self {
        // People type passwords into the field for the name. The digest keeps them out of the table.
        Self { key: format!("{:x}", Sha256::digest(format!("{kind}:{value}"))), free, is_shared: false }
    }

    /// Counts sign-ins with this name, whether or not there is such a user.
    pub fn name(name: &str) -> Self {
        Self::new("name", &name_key(name), FREE)
    }

    /// Counts sign-ins from this address. An IPv6 customer has a whole /64 network, so that is what counts.
    pub fn address(address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("{:x}", address.to_bits() >> 64),
        };
        Self { is_shared: true, ..Self::new("address", &network, FREE_OF_ADDRESS) }
    }

    /// Counts sign-ins of a browser that has signed in as this user before.
    pub fn known_device(device: &str) -> Self {
        Self::new("device", device, FREE)
    }

    /// Counts the passwords that a signed-in user types again.
    pub fn confirmation(user_id: &str) -> Self {
        Self::new("confirmation", user_id, FREE)
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
            let end = last.assume_utc() + delay(failures - counter.free);
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
        Ok(over @ 0..10) => Duration::from_secs(1 << over),
        Ok(_) => Duration::from_secs(LONGEST_WAIT),
        Err(_) => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_after_the_free_failures_and_doubles_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (-2..12).map(|over| delay(over).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    }

    #[test]
    fn addresses_of_one_ipv6_customer_are_counted_together() {
        let counter = |text: &str| Counter::address(text.parse().unwrap());
        assert_eq!(counter("2001:db8:1:2::1"), counter("2001:db8:1:2:ffff::9"));
        assert_ne!(counter("2001:db8:1:2::1"), counter("2001:db8:1:3::1"));
        assert_ne!(counter("192.0.2.1"), counter("192.0.2.2"));
        assert_eq!(counter("192.0.2.1"), counter("::ffff:192.0.2.1"));
    }

    #[test]
    fn the_key_of_a_counter_does_not_show_what_was_typed() {
        assert!(!Counter::name("my secret password").key.contains("secret"));
        assert_eq!(Counter::name("Ada"), Counter::name("ada"));
        assert_ne!(Counter::name("ada"), Counter::confirmation("ada"));
    }
}
