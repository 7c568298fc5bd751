//! Measures one, two and three instances of the program behind nginx, on one PostgreSQL database.
//!
//! ```sh
//! .ci/with_postgres sh -c 'cargo run --release -p bench --features postgres -- instances --database "$TEST_DATABASE_URL"'
//! ```

use std::path::PathBuf;

use crate::database::postgres::Postgres;
use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::{
    Audience, Figure, Measure, Measured, Measurement, ProcessUsage, RequestKind, Sample, Series, rounds, visitors,
};
use crate::options::Options;
use crate::report::{Machine, RawFigures, table};
use crate::server::{Environment, Nginx, Server};

const KINDS: [RequestKind; 3] = [RequestKind::Reading, RequestKind::Changing, RequestKind::NewVisitor];
const DATABASE: &str = "instances";

/// Some instances, and the way to them. All arrangements share the instances, the visitors and the database.
#[derive(Debug)]
struct Arrangement<'a> {
    name: String,
    url: String,
    nginx: Option<Nginx>,
    servers: &'a [Server],
    postgres: &'a Postgres,
    audience: &'a Audience,
}

/// Measures all arrangements in turn, for each number of connections.
pub fn run(database: &str, connections: &[u32], options: &Options) -> Result {
    const THREADS: u32 = 1;
    const VISITORS: usize = 4000;

    if cfg!(not(feature = "postgres")) {
        return Err("cargo run --release -p bench --features postgres -- instances".into());
    }
    let folder = RunFolder::create(options)?;
    let machine = Machine::inspect(options, &folder)?;
    let postgres = Postgres::connect(database)?;
    machine.print();
    println!("PostgreSQL   {}\n", postgres.description);
    let url = postgres.create_database(DATABASE)?;
    let environment = Environment::new(PathBuf::from(url.as_str()), options.synchronous)?;
    let servers = (0..3).map(|_| Server::start(&environment)).collect::<Result<Vec<_>>>()?;
    let cookies = visitors::create_sessions(&servers[0].url(""), VISITORS)?;
    let audience = Audience::new(&folder.path("visitors"), &cookies, THREADS)?;
    let mut arrangements = Vec::new();
    for (name, count) in [("1, without nginx", 1), ("1", 1), ("2", 2), ("3", 3)] {
        let (servers, is_direct) = (&servers[..count], arrangements.is_empty());
        let ports: Vec<u16> = servers.iter().map(|server| server.port).collect();
        let nginx = match is_direct {
            true => None,
            false => Some(Nginx::start(&folder.path(&format!("nginx-{count}")), &ports)?),
        };
        let url = nginx.as_ref().map_or_else(|| servers[0].url(""), Nginx::url);
        let name = name.to_owned();
        arrangements.push(Arrangement { name, url, nginx, servers, postgres: &postgres, audience: &audience });
    }
    let mut measurements: Vec<Measurement> = Vec::new();
    for kind in KINDS {
        for &connections in connections {
            let measure = |target| Measurement { target, kind, connections, rows: None };
            measurements.extend(arrangements.iter().map(|arrangement| measure(arrangement)));
        }
    }
    let figures = rounds::run("instances", &measurements, options)?;
    println!(
        "Medians of {} × {} s. ×: ratio to one instance behind nginx in the same round.\n",
        options.rounds, options.seconds
    );
    print(connections, &arrangements, &figures);
    println!("CPU: the processor time of the instances, nginx and the database together, user and system.");
    RawFigures::new(machine, options).append("figure", &figures)?;
    drop(arrangements);
    drop(servers);
    postgres.drop_database(DATABASE)
}

impl Measured for Arrangement<'_> {
    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn measure(&self, kind: RequestKind, seconds: u32, connections: u32) -> Result<Sample> {
        let before = self.usage()?;
        let summary = self.audience.send(&self.url, kind, seconds, connections)?;
        Ok(Sample::new(&summary, before, self.usage()?))
    }
}

impl Arrangement<'_> {
    fn usage(&self) -> Result<ProcessUsage> {
        let mut usage = self.postgres.usage()?;
        for process in self.servers.iter().map(Server::id) {
            usage = usage + ProcessUsage::of(process)?;
        }
        Ok(match &self.nginx {
            Some(nginx) => usage + ProcessUsage::of_family(nginx.id())?,
            None => usage,
        })
    }
}

fn print(connections: &[u32], arrangements: &[Arrangement], figures: &[Figure]) {
    const COLUMNS: [(Measure, usize); 4] = [
        (|sample| sample.requests_per_second, 0),
        (|sample| sample.p50_ms, 1),
        (|sample| sample.p99_ms, 1),
        (|sample| sample.cpu_ms_per_1000, 0),
    ];
    let mut rows = Vec::new();
    for kind in KINDS {
        for &connections in connections {
            let series = |name: &str| {
                let name = name.to_owned();
                Series::select(figures, move |figure| {
                    figure.kind == kind.name()
                        && figure.connections == connections
                        && figure.contestant.as_ref() == Some(&name)
                })
            };
            let one = series("1");
            for arrangement in arrangements {
                let own = series(&arrangement.name);
                let mut row = vec![kind.name().to_owned(), arrangement.name.clone(), connections.to_string()];
                for (measure, digits) in COLUMNS {
                    row.push(table::number(own.median(measure), digits));
                    row.push(table::ratio(own.ratio(&one, measure)));
                }
                rows.push(row);
            }
        }
    }
    let header =
        ["", "instances", "connections", "requests/s", "×", "p50 ms", "×", "p99 ms", "×", "CPU ms\nper 1,000", "×"];
    table::print(&header, 2, rows);
}
