use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngCore;
use rocket::time::{Duration as Age, OffsetDateTime};
use rocket::tokio::runtime::Runtime;
use rocket_diesel_sessions::db::{Config, Database};
use rocket_diesel_sessions::{Columns, DieselStore, Handle, MIGRATIONS, Record, Store};

use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::rounds;
use crate::options::Options;
use crate::progress;
use crate::report::{Machine, table};
use crate::statistics::median;

/// How many tasks write at the same time. So many writes share a commit.
const TASKS: usize = 64;

/// Every how many writes one fails. `None`: all succeed.
const VARIANTS: [Option<u64>; 3] = [None, Some(1000), Some(10)];

/// Measures how failing writes affect the writes of others. It needs no server: it calls the store.
pub fn run(options: &Options) -> Result {
    let folder = RunFolder::create(options)?;
    Machine::inspect(options, &folder)?.print();
    let bar = progress::bar(u64::from(options.rounds) * VARIANTS.len() as u64, "measurements");
    let mut figures = VARIANTS.map(|_| Vec::new());
    for round in 0..options.rounds {
        for index in rounds::order(&[0, 1, 2], round, options.rounds) {
            let path = folder.path(&format!("{round}-{index}.sqlite3"));
            let rate = measure(&path, VARIANTS[index], Duration::from_secs(options.seconds.into()))?;
            progress::print_line(&bar, &format!("round {}: {}: {rate:.0} a second", round + 1, name(VARIANTS[index])));
            bar.inc(1);
            figures[index].push(rate);
        }
    }
    bar.finish_and_clear();
    let ratio = |index: usize| median(figures[index].iter().zip(&figures[0]).map(|(own, all)| own / all));
    let row = |index: usize| {
        vec![
            name(VARIANTS[index]),
            table::number(median(figures[index].iter().copied()), 0),
            table::ratio(ratio(index)),
        ]
    };
    println!("{TASKS} tasks create sessions. Medians of {} × {} s.\n", options.rounds, options.seconds);
    table::print(&["", "sessions/s", "×"], 1, (0..VARIANTS.len()).map(row).collect());
    Ok(())
}

fn name(failing: Option<u64>) -> String {
    failing.map_or("all succeed".into(), |every| format!("one in {every} fails"))
}

/// Returns how many sessions were created in a second. A write fails because its session exists already.
fn measure(path: &Path, failing: Option<u64>, time: Duration) -> Result<f64> {
    let database = Database::connect(&Config::new(path.to_str().ok_or("the path is not UTF-8")?))?;
    database.migrate(&MIGRATIONS)?;
    let store = Arc::new(DieselStore::new(database));
    let record = Arc::new(new_record()?);
    let runtime = Runtime::new()?;
    let existing = random_handle()?;
    runtime.block_on(store.create(&existing, &record, None, record.created_at))?;
    let end = Instant::now() + time;
    let tasks: Vec<_> = (0..TASKS as u64)
        .map(|task| {
            let (store, record, existing) = (store.clone(), record.clone(), existing.clone());
            runtime.spawn(async move {
                let mut created = 0_u64;
                for write in task.. {
                    if Instant::now() >= end {
                        break;
                    }
                    if failing.is_some_and(|every| write % every == 0) {
                        assert!(
                            store.create(&existing, &record, None, record.created_at).await.is_err(),
                            "the session exists already"
                        );
                    } else {
                        store.create(&random_handle()?, &record, None, record.created_at).await?;
                        created += 1;
                    }
                }
                Ok(created)
            })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        let result: Result<u64> = runtime.block_on(task)?;
        created += result?;
    }
    Ok(created as f64 / time.as_secs_f64())
}

fn random_handle() -> Result<Handle> {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(text.parse()?)
}

fn new_record() -> Result<Record> {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0)?;
    let columns = Columns {
        session_data: r#"{"name":"Bipasha","lname":"Codedec"}"#,
        expire_date: now + Age::weeks(2),
        created_at: now,
        version: 1,
        owner: None,
        expiry: None,
    };
    Record::from_columns(columns).ok_or_else(|| "the record is not valid".into())
}
