use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use reqwest::blocking::Client;
use reqwest::header::SET_COOKIE;

use crate::Outcome;
use crate::server::Server;

/// Visitors who come back in turn, and where their turn is.
#[derive(Debug)]
pub struct Visitors {
    /// A cookie per line.
    pub cookies: PathBuf,
    /// For each of the load's threads: what begins with this visitor goes on where it stopped, so that who has had a
    /// value removed gets it inserted next.
    pub turn: RefCell<Vec<usize>>,
}

impl Visitors {
    pub fn new(file: &Path, cookies: &[String]) -> Outcome<Self> {
        fs::write(file, cookies.join("\n") + "\n")?;
        Ok(Self { cookies: file.to_owned(), turn: RefCell::default() })
    }
}

/// The cookies of that many new visitors.
pub fn arrive(server: &Server, count: usize) -> Outcome<Vec<String>> {
    const AT_A_TIME: usize = 16;

    let client = Client::new();
    thread::scope(|scope| {
        let shares = (0..AT_A_TIME).map(|thread| (thread..count).step_by(AT_A_TIME));
        let threads: Vec<_> = shares
            .map(|share| scope.spawn(|| share.map(|_| cookie(server, &client)).collect::<Outcome<Vec<_>>>()))
            .collect();
        let mut cookies = Vec::with_capacity(count);
        for thread in threads {
            cookies.extend(thread.join().expect("it returns what fails")?);
        }
        Ok(cookies)
    })
}

/// One visit, and the cookie as a browser would send it back.
fn cookie(server: &Server, client: &Client) -> Outcome<String> {
    let response = client.get(server.url("/set/")).send()?.error_for_status()?;
    let cookie = response.headers().get(SET_COOKIE).ok_or("a new visitor got no cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}
