//! The engine `"cookie"`: the whole session is in the visitor's cookie, which Rocket encrypts and authenticates.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::expiry::Expiry;
use crate::key::SessionKey;
use crate::record::Record;

/// The maximal length of a cookie's name and value together that browsers accept, in bytes (RFC 6265bis, 5.6).
pub(crate) const MAX_COOKIE_SIZE: usize = 4096;

/// A key and its record. The names have one letter, because each byte takes four thirds in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    k: String,
    d: Map<String, Value>,
    e: i64,
    c: i64,
    v: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    o: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    l: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
}

/// Returns the value of the cookie before it is encrypted.
pub(crate) fn encode(key: &SessionKey, record: &Record) -> String {
    let content = Content {
        k: key.as_str().to_owned(),
        d: record.data.clone(),
        e: record.expire_date.unix_timestamp(),
        c: record.created_at.unix_timestamp(),
        v: record.version,
        o: record.owner.clone(),
        l: record.login_values.clone(),
        x: record.encode_expiry(),
    };
    serde_json::to_string(&content).expect("a record is JSON")
}

/// Reads what [`encode`] wrote. Returns `None` for anything else.
pub(crate) fn decode(value: &str) -> Option<(SessionKey, Record)> {
    let content: Content = serde_json::from_str(value).ok()?;
    let instant = |seconds| OffsetDateTime::from_unix_timestamp(seconds).ok();
    let record = Record {
        data: content.d,
        expire_date: instant(content.e)?,
        created_at: instant(content.c)?,
        version: content.v,
        owner: content.o,
        login_values: content.l,
        expiry: Expiry::Default,
    };
    let record = record.with_expiry(content.x.as_deref())?;
    Some((SessionKey::parse(&content.k)?, record))
}

/// Returns how long the name and the value of the cookie can get, in bytes. This is a bound, because encrypted bytes are
/// random. They are written as base64, in which each `/` becomes three characters: one in 64 characters, and six standard
/// deviations more.
pub(crate) fn cookie_size(name: &str, record: &Record) -> usize {
    const NONCE_AND_TAG: usize = 12 + 16;
    let plain = encode(&SessionKey::generate(), record).len();
    let base64 = (plain + NONCE_AND_TAG).div_ceil(3) * 4;
    let slashes = base64 / 64 + 6 * (base64 / 64).isqrt() + 1;
    let padding = 2 * "%3D".len();
    name.len() + "=".len() + base64 + 2 * slashes + padding
}
