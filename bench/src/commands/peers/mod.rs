//! Compares this project with other session libraries, each with the same three pages and a PostgreSQL database of its
//! own. The server runs on the same machine, because its processor time counts, too.
//!
//! ```sh
//! cargo build --release --manifest-path bench/peers/Cargo.toml --target-dir target
//! python3 -m venv target/peers-venv && target/peers-venv/bin/pip install -r bench/peers/requirements.txt
//! .ci/with_postgres sh -c 'cargo run --release -p bench --features postgres -- peers --database "$TEST_DATABASE_URL"'
//! ```

mod contestant;
mod programs;
mod run;
mod table;

pub use run::run;
