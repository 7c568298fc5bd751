//! What the fuzzers call: the two places that read bytes which this library may not have written. `cargo test` runs their
//! seeds.

use rocket::config::SecretKey;
use rocket::http::Cookie;
use time::OffsetDateTime;

use crate::cookie::{self, SecretKeys};
use crate::key::SessionKey;
use crate::record::{Columns, Record};

/// Reads the value of a cookie: as a browser sends it, and as a client could make it that knew the secret key.
pub fn cookie(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(key) = SessionKey::parse(text) {
        assert_eq!((key.as_str(), text.len()), (text, 43), "a key is what it was parsed from");
    }
    if let Some((key, record)) = cookie::decode(text) {
        assert_eq!(
            cookie::decode(&cookie::encode(&key, &record)),
            Some((key, record)),
            "an encoded record is decoded again"
        );
    }
    let wire = format!("sessionid={text}");
    if let Ok(cookie) = Cookie::parse_encoded(wire) {
        let opened = SecretKeys::new(&SecretKey::from(&[0; 64]), &[]).decrypt(&cookie.into_owned());
        assert!(opened.is_none(), "a cookie was forged");
    }
}

/// Reads the columns of a row. A line break separates the data from the expiry.
pub fn record(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (data, expiry) = text.rsplit_once('\n').map_or((text, None), |(data, expiry)| (data, Some(expiry)));
    let read = |data: &str, expiry: Option<&str>| {
        let now = OffsetDateTime::UNIX_EPOCH;
        Record::from_columns(Columns {
            session_data: data,
            expire_date: now,
            created_at: now,
            version: 1,
            owner: None,
            expiry,
        })
    };
    let Some(record) = read(data, expiry) else { return };
    let column = record.encode_expiry();
    assert_eq!(read(&record.encode_data(), column.as_deref()), Some(record.clone()), "a record is read as written");
    record.expiry.date(OffsetDateTime::UNIX_EPOCH, std::time::Duration::from_secs(1));
    if record.data.values().chain(record.login_values.values()).all(Record::can_hold) {
        let key = SessionKey::generate();
        assert_eq!(
            cookie::decode(&cookie::encode(&key, &record)),
            Some((key, record)),
            "a record that can be inserted can be encoded"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    fn seeds(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
        let seeds: Vec<_> = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
        assert!(!seeds.is_empty());
        seeds
    }

    #[test]
    fn every_seed_of_a_cookie_is_read_without_a_panic() {
        seeds("cookie").iter().for_each(|seed| super::cookie(seed));
    }

    #[test]
    fn every_seed_of_a_record_is_read_without_a_panic() {
        seeds("record").iter().for_each(|seed| super::record(seed));
    }
}
