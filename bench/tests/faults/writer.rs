use std::time::{Duration, Instant};

use rocket::serde::json::serde_json::{Map, Value};
use rocket::tokio;
use rocket::tokio::task::JoinHandle;
use rocket::tokio::time::sleep;

use crate::server::Server;
use crate::visitor::Visitor;

/// A visitor who changes a session with `/bench/both/<value>`, and who knows what the session must contain. Each change
/// sends the next larger value.
#[derive(Clone)]
pub struct Writer {
    pub visitor: Visitor,
    /// The last value that was sent.
    sent: u64,
    /// The last value that was answered with 200, or 0 if there is none and the session is empty.
    pub acknowledged: u64,
    /// The last value that was sent, if it got no response. The session may or may not contain it.
    unanswered: Option<u64>,
}

impl Writer {
    /// Returns a writer without a session.
    pub fn new(visitor: Visitor) -> Self {
        Self { visitor, sent: 0, acknowledged: 0, unanswered: None }
    }

    /// Returns `count` writers that share an HTTP client.
    pub fn many(server: &Server, count: usize) -> Vec<Self> {
        let visitor = Visitor::new(server);
        (0..count).map(|_| Self::new(visitor.clone())).collect()
    }

    /// Sends the next value. Returns the status, or `None` if there was no response.
    pub async fn change(&mut self) -> Option<u16> {
        self.sent += 1;
        self.unanswered = Some(self.sent);
        let response = self.visitor.get(&format!("/bench/both/{}", self.sent)).await?;
        match response.status {
            200 => self.acknowledged = self.sent,
            503 => {}
            status => panic!("a change was answered with {status}: {}", response.body),
        }
        self.unanswered = None;
        Some(response.status)
    }

    /// Sends the next value. Panics if the server answers anything but 200.
    pub async fn must_change(&mut self) {
        assert_eq!(self.change().await, Some(200));
    }

    /// Sends values until the server answers 200. Panics if this takes longer than `deadline`.
    pub async fn change_until_ok(&mut self, deadline: Duration) {
        let started = Instant::now();
        while self.change().await != Some(200) {
            assert!(started.elapsed() < deadline, "no change succeeded within {deadline:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends values until there is no response.
    pub async fn change_until_unanswered(mut self) -> Self {
        while self.change().await.is_some() {}
        self
    }

    /// Panics if the session has lost an acknowledged change, contains a refused one, or has half a change.
    pub async fn check(&mut self) {
        let value = self.value().await;
        let allowed = [Some(self.acknowledged), self.unanswered];
        assert!(allowed.contains(&Some(value)), "the session contains {value}, allowed is {allowed:?}");
        (self.acknowledged, self.unanswered) = (value, None);
    }

    /// Returns the session's value, or 0 if the session is empty. Panics if the value was never sent.
    pub async fn value(&mut self) -> u64 {
        let value = value(&self.visitor.show().await);
        assert!(value <= self.sent, "{value} was never sent, {} was the last", self.sent);
        value
    }

    /// Returns a copy of this writer for a server that has a copy of the database.
    pub fn with_server(&self, server: &Server) -> Self {
        let mut other = self.clone();
        other.visitor.set_server(server);
        other
    }

    /// Accepts the session's current value as correct, after a fault that may have restored an earlier one. Returns it.
    pub async fn accept_value(&mut self) -> u64 {
        (self.acknowledged, self.unanswered) = (self.value().await, None);
        self.acknowledged
    }
}

/// Returns the value that both keys of a session have, or 0 if it is empty. Panics if they differ.
pub fn value(session: &Map<String, Value>) -> u64 {
    assert_eq!(session.get("left"), session.get("right"), "only half of a change was applied");
    session.get("left").map_or(0, |value| value.as_u64().unwrap())
}

/// Runs all tasks at the same time, and returns their results in the same order.
pub async fn join_all<F, T>(tasks: impl IntoIterator<Item = F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let handles: Vec<JoinHandle<T>> = tasks.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::new();
    for handle in handles {
        results.push(handle.await.unwrap());
    }
    results
}
