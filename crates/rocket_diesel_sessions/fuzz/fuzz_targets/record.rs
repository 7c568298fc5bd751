//! Feeds the rows that the table may contain. `cargo +nightly fuzz run record fuzz/corpus/record fuzz/seeds/record`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rocket_diesel_sessions::fuzz::record(data));
