use std::thread;

use reqwest::blocking::Client;
use reqwest::header::SET_COOKIE;

use crate::error::Result;

/// Creates `count` sessions by requests to the server at `url`, and returns their cookies.
pub fn create_sessions(url: &str, count: usize) -> Result<Vec<String>> {
    const THREADS: usize = 16;

    let client = Client::new();
    thread::scope(|scope| {
        let shares = (0..THREADS).map(|thread| (thread..count).step_by(THREADS));
        let threads: Vec<_> = shares
            .map(|share| scope.spawn(|| share.map(|_| create_session(url, &client)).collect::<Result<Vec<_>>>()))
            .collect();
        let mut cookies = Vec::with_capacity(count);
        for thread in threads {
            cookies.extend(thread.join().expect("the thread does not panic")?);
        }
        Ok(cookies)
    })
}

/// Creates a session and returns its cookie in the form in which a browser sends it.
pub fn create_session(url: &str, client: &Client) -> Result<String> {
    let response = client.get(format!("{url}/set/")).send()?.error_for_status()?;
    let cookie = response.headers().get(SET_COOKIE).ok_or("a new visitor got no cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}
