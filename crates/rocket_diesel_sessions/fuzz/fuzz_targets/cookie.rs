//! Feeds the cookie that a client may send. `cargo +nightly fuzz run cookie fuzz/corpus/cookie fuzz/seeds/cookie`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rocket_diesel_sessions::fuzz::cookie(data));
