use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use reqwest::blocking::Client;
use reqwest::header::SET_COOKIE;

use crate::error::Result;
use crate::server::Server;

/// Visitors who send requests in turn, each with a cookie.
#[derive(Debug)]
pub struct Visitors {
    /// The file with one cookie per line.
    pub cookies: PathBuf,
    /// The index of the last request of each wrk thread.
    ///
    /// The next measurement continues there. So if a visitor's last request removed a value, the next one inserts it.
    pub positions: RefCell<Vec<usize>>,
}

impl Visitors {
    /// Writes the cookies to the file.
    pub fn new(file: &Path, cookies: &[String]) -> Result<Self> {
        fs::write(file, cookies.join("\n") + "\n")?;
        Ok(Self { cookies: file.to_owned(), positions: RefCell::default() })
    }
}

/// Creates `count` sessions by requests to the server, and returns their cookies.
pub fn create_sessions(server: &Server, count: usize) -> Result<Vec<String>> {
    const THREADS: usize = 16;

    let client = Client::new();
    thread::scope(|scope| {
        let shares = (0..THREADS).map(|thread| (thread..count).step_by(THREADS));
        let threads: Vec<_> = shares
            .map(|share| scope.spawn(|| share.map(|_| create_session(server, &client)).collect::<Result<Vec<_>>>()))
            .collect();
        let mut cookies = Vec::with_capacity(count);
        for thread in threads {
            cookies.extend(thread.join().expect("the thread does not panic")?);
        }
        Ok(cookies)
    })
}

/// Creates a session and returns its cookie in the form in which a browser sends it.
fn create_session(server: &Server, client: &Client) -> Result<String> {
    let response = client.get(server.url("/set/")).send()?.error_for_status()?;
    let cookie = response.headers().get(SET_COOKIE).ok_or("a new visitor got no cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}
