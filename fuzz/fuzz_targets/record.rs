//! Whatever stands in the table. `cargo +nightly fuzz run record fuzz/corpus/record fuzz/seeds/record`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rocket_diesel_sessions::session::fuzz::record(data));
