//! Measures the steps of a request with a session, as far as the library's public API offers them.
//!
//! Run it with `cargo bench -p bench`.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rand::RngCore;
use rocket::time::{Duration, OffsetDateTime};
use rocket::tokio::runtime::Runtime;
use rocket_diesel_sessions::db::{Config, Database};
use rocket_diesel_sessions::{Alive, Columns, DieselStore, Handle, MIGRATIONS, MemoryStore, Record, Store};
use tempfile::TempDir;

criterion_group!(benches, handle, data, diesel_store, memory_store);
criterion_main!(benches);

const DATA: &str = r#"{"lname":"Codedec","name":"Bipasha"}"#;

/// Measures parsing and formatting a handle.
fn handle(criterion: &mut Criterion) {
    let text = random_handle().to_string();
    criterion.bench_function("handle: parse", |bencher| bencher.iter(|| black_box(&text).parse::<Handle>()));
    let handle = random_handle();
    criterion.bench_function("handle: to_string", |bencher| bencher.iter(|| black_box(&handle).to_string()));
}

/// Measures reading and writing the column `session_data`.
fn data(criterion: &mut Criterion) {
    criterion.bench_function("record: decode data", |bencher| bencher.iter(|| Record::decode_data(black_box(DATA))));
    let record = new_record();
    criterion.bench_function("record: encode data", |bencher| bencher.iter(|| black_box(&record).encode_data()));
}

/// Measures the table. A load is one SELECT. Everything else is a transaction that ends when its data is on the disk.
fn diesel_store(criterion: &mut Criterion) {
    let folder = TempDir::new().unwrap();
    let config = Config::new(folder.path().join("db.sqlite3").to_str().unwrap());
    let database = Database::connect(&config).unwrap();
    database.migrate(&MIGRATIONS).unwrap();
    StoreBench::new("diesel", DieselStore::new(database)).run(criterion);
}

/// Measures the store in memory, for comparison.
fn memory_store(criterion: &mut Criterion) {
    StoreBench::new("memory", MemoryStore::default()).run(criterion);
}

/// A store with many records.
struct StoreBench<S> {
    name: &'static str,
    runtime: Runtime,
    store: S,
    handles: Vec<Handle>,
    record: Record,
}

impl<S: Store> StoreBench<S> {
    const RECORDS: usize = 10_000;

    /// Fills the store.
    fn new(name: &'static str, store: S) -> Self {
        let handles = (0..Self::RECORDS).map(|_| random_handle()).collect();
        let bench = Self { name, runtime: Runtime::new().unwrap(), store, handles, record: new_record() };
        for handle in &bench.handles {
            bench.create(handle);
        }
        bench
    }

    fn create(&self, handle: &Handle) {
        self.runtime.block_on(self.store.create(handle, &self.record, None, self.record.created_at)).unwrap();
    }

    fn run(&self, criterion: &mut Criterion) {
        self.bench_load(criterion);
        self.bench_create(criterion);
        self.bench_delete(criterion);
    }

    fn bench_load(&self, criterion: &mut Criterion) {
        let alive = Alive::at(OffsetDateTime::now_utc());
        let mut handles = self.handles.iter().cycle();
        criterion.bench_function(&format!("{}: load one of 10,000 records", self.name), |bencher| {
            bencher.iter(|| {
                let found = self.runtime.block_on(self.store.load(handles.next().unwrap(), alive));
                assert!(found.unwrap().is_some());
            });
        });
    }

    fn bench_create(&self, criterion: &mut Criterion) {
        criterion.bench_function(&format!("{}: create", self.name), |bencher| {
            bencher.iter_batched(random_handle, |handle| self.create(&handle), BatchSize::SmallInput);
        });
    }

    fn bench_delete(&self, criterion: &mut Criterion) {
        criterion.bench_function(&format!("{}: delete", self.name), |bencher| {
            bencher.iter_batched(
                || {
                    let handle = random_handle();
                    self.create(&handle);
                    handle
                },
                |handle| {
                    assert!(
                        self.runtime.block_on(self.store.delete(&handle, self.record.created_at)).unwrap().is_some()
                    )
                },
                BatchSize::SmallInput,
            );
        });
    }
}

fn random_handle() -> Handle {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.parse().unwrap()
}

fn new_record() -> Record {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let columns = Columns {
        session_data: DATA,
        expire_date: now + Duration::weeks(2),
        created_at: now,
        version: 1,
        owner: None,
        expiry: None,
    };
    Record::from_columns(columns).unwrap()
}
