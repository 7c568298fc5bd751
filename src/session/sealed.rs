//! The engine `"cookie"`: the whole session in the visitor's cookie, which Rocket encrypts and authenticates.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::key::SessionKey;
use super::{Expiry, Record};

/// What browsers take of a cookie's name and value together (RFC 6265bis, 5.6).
pub(crate) const LARGEST_COOKIE: usize = 4096;

/// Names of one letter: each byte counts four thirds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    k: String,
    d: Map<String, Value>,
    e: i64,
    c: i64,
    v: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    o: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
}

/// The cookie's value before it is encrypted.
pub(crate) fn seal(key: &SessionKey, record: &Record) -> String {
    let sealed = Sealed {
        k: key.as_str().to_owned(),
        d: record.data.clone(),
        e: record.expire_date.unix_timestamp(),
        c: record.created_at.unix_timestamp(),
        v: record.version,
        o: record.owner.clone(),
        x: record.encode_expiry(),
    };
    serde_json::to_string(&sealed).expect("a record is JSON")
}

/// Reads what [`seal`] wrote; `None` for anything else.
pub(crate) fn open(value: &str) -> Option<(SessionKey, Record)> {
    let sealed: Sealed = serde_json::from_str(value).ok()?;
    let instant = |seconds| OffsetDateTime::from_unix_timestamp(seconds).ok();
    let record = Record {
        data: sealed.d,
        expire_date: instant(sealed.e)?,
        created_at: instant(sealed.c)?,
        version: sealed.v,
        owner: sealed.o,
        expiry: Expiry::Default,
    };
    let record = record.with_expiry(sealed.x.as_deref())?;
    Some((SessionKey::parse(&sealed.k)?, record))
}

/// How long name and value of the cookie can get: a bound, because encrypted bytes are random. They are written as
/// base64, where each `/` becomes three characters: one in 64 of them, and six standard deviations more.
pub(crate) fn cookie_size(name: &str, record: &Record) -> usize {
    const NONCE_AND_TAG: usize = 12 + 16;
    let plain = seal(&SessionKey::generate(), record).len();
    let base64 = (plain + NONCE_AND_TAG).div_ceil(3) * 4;
    let slashes = base64 / 64 + 6 * (base64 / 64).isqrt() + 1;
    let padding = 2 * "%3D".len();
    name.len() + "=".len() + base64 + 2 * slashes + padding
}
