use std::cell::RefCell;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

use super::request_kind::{CookieSet, RequestKind};
use super::wrk::{Load, Summary};
use crate::error::Result;

/// All visitors of one server, and how they send requests.
#[derive(Debug)]
pub struct Audience {
    unchanging: Visitors,
    changing: Visitors,
    /// How many threads wrk runs. It is the same in all measurements, because each thread has its own visitors.
    threads: u32,
}

/// Visitors who send requests in turn, each with a cookie.
#[derive(Debug)]
struct Visitors {
    /// The file with one cookie per line.
    cookies: PathBuf,
    /// The index of the last request of each wrk thread.
    ///
    /// The next measurement continues there. So if a visitor's last request removed a value, the next one inserts it.
    positions: RefCell<Vec<usize>>,
}

impl Audience {
    /// Writes the cookies to files beside `file`. One half of the visitors never changes a session.
    pub fn new(file: &Path, cookies: &[String], threads: u32) -> Result<Self> {
        let (unchanging, changing) = cookies.split_at(cookies.len() / 2);
        let visitors = |name: &str, cookies| Visitors::new(&file.with_extension(name), cookies);
        Ok(Self { unchanging: visitors("unchanging", unchanging)?, changing: visitors("changing", changing)?, threads })
    }

    /// Sends requests of one kind to the server at `url`.
    pub fn send(&self, url: &str, kind: RequestKind, seconds: u32, connections: u32) -> Result<Summary> {
        let visitors = match kind.cookies() {
            CookieSet::None => None,
            CookieSet::Unchanging => Some(&self.unchanging),
            CookieSet::Changing => Some(&self.changing),
        };
        let positions = visitors.map(|visitors| visitors.positions.borrow().clone()).unwrap_or_default();
        let load = Load {
            url,
            seconds,
            connections,
            threads: self.threads,
            cookies: visitors.map(|visitors| visitors.cookies.as_path()),
            positions: &positions,
            paths: kind.paths(),
        };
        let mut summary = load.send()?;
        if let Some(visitors) = visitors {
            visitors.positions.replace(mem::take(&mut summary.positions));
        }
        Ok(summary)
    }
}

impl Visitors {
    fn new(file: &Path, cookies: &[String]) -> Result<Self> {
        fs::write(file, cookies.join("\n") + "\n")?;
        Ok(Self { cookies: file.to_owned(), positions: RefCell::default() })
    }
}
