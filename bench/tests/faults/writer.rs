use rocket::serde::json::serde_json::{Map, Value};
use std::time::{Duration, Instant};

use rocket::tokio;
use rocket::tokio::task::JoinHandle;
use rocket::tokio::time::sleep;

use crate::server::Server;
use crate::visitor::Visitor;

/// A visitor who changes a session through `/bench/both/<n>`, with rising n, and knows what it must hold.
#[derive(Clone)]
pub struct Writer {
    pub visitor: Visitor,
    /// The last n that was sent.
    sent: u64,
    /// The last n that was answered with 200; 0: none, the session is empty.
    pub acknowledged: u64,
    /// The n that was sent last and got no answer: the session may hold it, or not.
    open: Option<u64>,
}

impl Writer {
    pub fn new(visitor: Visitor) -> Self {
        Self { visitor, sent: 0, acknowledged: 0, open: None }
    }

    /// `count` writers with a connection each.
    pub fn crowd(server: &Server, count: usize) -> Vec<Self> {
        let visitor = Visitor::new(server);
        (0..count).map(|_| Self::new(visitor.clone())).collect()
    }

    /// The status; none where there was no answer.
    pub async fn change(&mut self) -> Option<u16> {
        self.sent += 1;
        self.open = Some(self.sent);
        let answer = self.visitor.get(&format!("/bench/both/{}", self.sent)).await?;
        match answer.status {
            200 => self.acknowledged = self.sent,
            503 => {}
            status => panic!("{status} to a change: {}", answer.body),
        }
        self.open = None;
        Some(answer.status)
    }

    /// Panics where the server answers anything but 200.
    pub async fn must_change(&mut self) {
        assert_eq!(self.change().await, Some(200));
    }

    /// Until the service is back.
    pub async fn change_until_ok(&mut self, deadline: Duration) {
        let started = Instant::now();
        while self.change().await != Some(200) {
            assert!(started.elapsed() < deadline, "no change succeeds after {deadline:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Until the server is gone.
    pub async fn change_until_unanswered(mut self) -> Self {
        while self.change().await.is_some() {}
        self
    }

    /// Panics where the session has lost what was acknowledged, has what was refused, or is half changed.
    pub async fn check(&mut self) {
        let holds = self.holds().await;
        let allowed = [Some(self.acknowledged), self.open];
        assert!(allowed.contains(&Some(holds)), "{holds}, allowed is {allowed:?}");
        (self.acknowledged, self.open) = (holds, None);
    }

    /// The n of the session: 0 where it is empty, one that was sent once where it is not.
    pub async fn holds(&mut self) -> u64 {
        let held = value(&self.visitor.show().await);
        assert!(held <= self.sent, "{held} was never sent, {} was the last", self.sent);
        held
    }

    /// Another writer with the same past, on a server with another copy of the file.
    pub fn in_another_world(&self, server: &Server) -> Self {
        let mut other = self.clone();
        other.visitor.go_to(server);
        other
    }

    /// Takes the session as it is, after a fault that may have set it back.
    pub async fn accept(&mut self) -> u64 {
        (self.acknowledged, self.open) = (self.holds().await, None);
        self.acknowledged
    }
}

/// The one n in both keys.
pub fn value(session: &Map<String, Value>) -> u64 {
    assert_eq!(session.get("left"), session.get("right"), "half changed");
    session.get("left").map_or(0, |value| value.as_u64().unwrap())
}

/// All at once, and all that becomes of them.
pub async fn together<F, T>(tasks: impl IntoIterator<Item = F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let running: Vec<JoinHandle<T>> = tasks.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in running {
        done.push(task.await.unwrap());
    }
    done
}
