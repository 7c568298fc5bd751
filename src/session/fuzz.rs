//! What the fuzzers feed: the two places where bytes come in that this library did not write. Their seeds are part of
//! `cargo test`.

use rocket::http::Cookie;
use time::OffsetDateTime;

use super::key::SessionKey;
use super::settings::FallbackKey;
use super::{Record, sealed};

/// A cookie's value: from the wire, and as it would be if a client knew the secret key.
pub fn cookie(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(key) = SessionKey::parse(text) {
        assert_eq!((key.as_str(), text.len()), (text, 43), "a key is what it was parsed from");
    }
    if let Some((key, record)) = sealed::open(text) {
        assert_eq!(sealed::open(&sealed::seal(&key, &record)), Some((key, record)), "a sealed record opens again");
    }
    let wire = format!("sessionid={text}");
    if let Ok(cookie) = Cookie::parse_encoded(wire) {
        let opened = FallbackKey::of_zeros().decrypt(&cookie.into_owned());
        assert!(opened.is_none(), "a cookie was forged");
    }
}

/// The columns of a row, with a line break between the data and the expiry.
pub fn record(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (data, expiry) = text.rsplit_once('\n').map_or((text, None), |(data, expiry)| (data, Some(expiry)));
    let read = |data: &str, expiry: Option<&str>| {
        let now = OffsetDateTime::UNIX_EPOCH;
        Record::from_columns(data, now, now, 1, None, expiry)
    };
    let Some(record) = read(data, expiry) else { return };
    let column = record.encode_expiry();
    assert_eq!(read(&record.encode_data(), column.as_deref()), Some(record.clone()), "a record is read as written");
    record.expiry.date(OffsetDateTime::UNIX_EPOCH, std::time::Duration::from_secs(1));
    if record.data.iter().all(|(key, value)| Record::check_value(key, value).is_ok()) {
        let key = SessionKey::generate();
        assert_eq!(
            sealed::open(&sealed::seal(&key, &record)),
            Some((key, record)),
            "what can be inserted can be sealed"
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
    fn no_seed_of_a_cookie_breaks_anything() {
        seeds("cookie").iter().for_each(|seed| super::cookie(seed));
    }

    #[test]
    fn no_seed_of_a_record_breaks_anything() {
        seeds("record").iter().for_each(|seed| super::record(seed));
    }
}
