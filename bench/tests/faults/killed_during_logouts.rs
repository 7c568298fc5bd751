use std::time::Duration;

use rand::Rng;
use rocket::tokio::{self, time::sleep};

use crate::installation::Installation;
use crate::random::seeded_rng;
use crate::visitor::Visitor;
use crate::writer::{Writer, join_all, value};

const KILLS: usize = 20;
const CLIENTS: usize = 16;

type Cookie = Option<String>;

/// A client that creates sessions and ends two of three.
struct Client {
    visitor: Visitor,
    ended: Vec<Cookie>,
    alive: Vec<Cookie>,
}

impl Client {
    fn new(visitor: Visitor) -> Self {
        Self { visitor, ended: Vec::new(), alive: Vec::new() }
    }

    async fn run_until_unanswered(mut self) -> Self {
        for round in 1.. {
            let mut writer = Writer::new(self.visitor.with_cookie(None));
            let Some(status) = writer.change().await else { break };
            assert_eq!(status, 200);
            let cookie = writer.visitor.cookie.clone();
            assert!(cookie.is_some());
            if round % 3 == 0 {
                self.alive.push(cookie);
                continue;
            }
            // If this request gets no response, the session may have ended or not. It is in neither list.
            let Some(response) = writer.visitor.get("/bench/end").await else { break };
            assert_eq!((response.status, writer.visitor.cookie), (200, None));
            self.ended.push(cookie);
        }
        self
    }

    /// Panics if a cookie opens a session that was ended, or does not open one that was not ended.
    async fn check(&self) {
        for cookie in &self.ended {
            let session = self.visitor.with_cookie(cookie.clone()).show().await;
            assert!(session.is_empty(), "an ended session is back: {session:?}");
        }
        for cookie in &self.alive {
            let session = self.visitor.with_cookie(cookie.clone()).show().await;
            assert_eq!(value(&session), 1);
        }
    }
}

#[rocket::async_test]
async fn an_ended_session_stays_ended_after_kill_9_and_no_other_session_ends() {
    let (mut rng, installation) = (seeded_rng(), Installation::new());
    let mut server = installation.start();
    let mut all = Vec::new();

    for _ in 0..KILLS {
        let visitor = Visitor::new(&server);
        let clients = (0..CLIENTS).map(move |_| Client::new(visitor.clone()));
        let requests = tokio::spawn(join_all(clients.map(Client::run_until_unanswered)));
        sleep(Duration::from_millis(rng.random_range(50..400))).await;
        server.kill();
        let mut clients = requests.await.unwrap();

        server = installation.start();
        installation.database().check_integrity();
        for client in &mut clients {
            client.visitor.set_server(&server);
            client.check().await;
        }
        all.extend(clients);
    }

    let count = |list: fn(&Client) -> &Vec<Cookie>| all.iter().map(|client| list(client).len()).sum::<usize>();
    let (ended, alive) = (count(|client| &client.ended), count(|client| &client.alive));
    println!("{ended} ended, {alive} alive, {KILLS} kills");
    assert!(ended > 0 && alive > 0);
    for client in &mut all {
        client.visitor.set_server(&server);
        client.check().await;
    }
    // Each client's last request got no response. It may have left one more row.
    let rows = usize::try_from(installation.database().count_rows()).unwrap();
    assert!((alive..=alive + all.len()).contains(&rows), "{rows} rows, {alive} sessions are alive");
}
