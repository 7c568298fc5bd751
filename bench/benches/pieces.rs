//! The pieces of a request that has a session, one by one. `cargo bench -p bench`

use std::cell::RefCell;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rocket::serde::json::json;
use rocket::time::{Duration, OffsetDateTime};
use rocket::tokio::runtime::Runtime;
use rocket_diesel_sessions::db::{Config, Database};
use rocket_diesel_sessions::session::pieces;
use rocket_diesel_sessions::{DieselStore, Handle, Record, Store};
use tempfile::TempDir;

criterion_group!(benches, key, load_and_commit, merge);
criterion_main!(benches);

/// A store with many rows, in a file of its own.
struct Table {
    runtime: Runtime,
    store: DieselStore,
    handles: Vec<Handle>,
    _folder: TempDir,
}

impl Table {
    const ROWS: usize = 10_000;

    fn fill() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(folder.path().join("db.sqlite3").to_str().unwrap());
        let database = Database::connect(&config).unwrap();
        database.migrate().unwrap();
        let (runtime, store) = (Runtime::new().unwrap(), DieselStore::new(database));
        let handles: Vec<Handle> = (0..Self::ROWS).map(|_| handle()).collect();
        runtime.block_on(async {
            for handle in &handles {
                store.create(handle, &record(), None).await.unwrap();
            }
        });
        Self { runtime, store, handles, _folder: folder }
    }
}

fn handle() -> Handle {
    pieces::handle(&pieces::key()).unwrap()
}

fn record() -> Record {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let data = r#"{"lname":"Codedec","name":"Bipasha"}"#;
    Record::from_columns(data, now + Duration::weeks(2), now, 1, None, None).unwrap()
}

/// From a cookie's text to the name under which a store knows it.
fn key(criterion: &mut Criterion) {
    let text = pieces::key();
    criterion.bench_function("key: parse and digest", |bencher| bencher.iter(|| pieces::handle(black_box(&text))));
}

/// What a request asks of a table with many rows: one SELECT, and one transaction, which ends when the disk has it.
fn load_and_commit(criterion: &mut Criterion) {
    let table = Table::fill();
    load(criterion, &table);
    create(criterion, &table);
    update(criterion, &table);
}

fn load(criterion: &mut Criterion, table: &Table) {
    let alive = pieces::alive(OffsetDateTime::now_utc());
    let mut handles = table.handles.iter().cycle();
    criterion.bench_function("load: one of 10,000 rows", |bencher| {
        bencher.iter(|| {
            let found = table.runtime.block_on(table.store.load(handles.next().unwrap(), alive));
            assert!(found.unwrap().is_some());
        });
    });
}

fn create(criterion: &mut Criterion, table: &Table) {
    criterion.bench_function("commit: create", |bencher| {
        bencher.iter_batched(
            || (handle(), record()),
            |(handle, record)| table.runtime.block_on(table.store.create(&handle, &record, None)).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

/// What each update leaves is what the next one has loaded, so that none has to merge.
fn update(criterion: &mut Criterion, table: &Table) {
    let current = RefCell::new(vec![record(); Table::ROWS]);
    let mut turns = (0..Table::ROWS).cycle();
    criterion.bench_function("commit: update", |bencher| {
        bencher.iter_batched(
            || {
                let turn = turns.next().unwrap();
                let loaded = current.borrow()[turn].clone();
                let changed = [("name", json!(loaded.version))];
                (turn, pieces::update(loaded, changed, OffsetDateTime::now_utc()))
            },
            |(turn, update)| {
                let saved = table.runtime.block_on(table.store.update(&table.handles[turn], &update)).unwrap();
                current.borrow_mut()[turn] = saved;
            },
            BatchSize::PerIteration, // of a batch, two could be of one row
        );
    });
}

/// A request's changes, applied to what another request has saved meanwhile.
fn merge(criterion: &mut Criterion) {
    let changed = [("name", json!("Ada")), ("language", json!("en")), ("visits", json!(7))];
    let update = pieces::update(record(), changed, OffsetDateTime::now_utc());
    let newer = record();
    criterion.bench_function("merge: three changed keys", |bencher| {
        bencher.iter(|| update.apply(black_box(&newer)).unwrap());
    });
}
