use std::time::Duration;

use rand::Rng;
use rocket::tokio::{self, time::sleep};

use crate::chance::dice;
use crate::site::Site;
use crate::visitor::Visitor;
use crate::writer::{Writer, together, value};

const KILLS: usize = 20;
const ENDERS: usize = 16;

type Cookie = Option<String>;

/// A visitor who makes sessions and ends two of three.
struct Ender {
    visitor: Visitor,
    ended: Vec<Cookie>,
    living: Vec<Cookie>,
}

impl Ender {
    fn new(visitor: Visitor) -> Self {
        Self { visitor, ended: Vec::new(), living: Vec::new() }
    }

    async fn end_until_unanswered(mut self) -> Self {
        for round in 1.. {
            let mut writer = Writer::new(self.visitor.with_cookie(None));
            let Some(status) = writer.change().await else { break };
            assert_eq!(status, 200);
            let cookie = writer.visitor.cookie.clone();
            assert!(cookie.is_some());
            if round % 3 == 0 {
                self.living.push(cookie);
                continue;
            }
            // The one that is ended without an answer is in neither list: it may live or not.
            let Some(answer) = writer.visitor.get("/bench/end").await else { break };
            assert_eq!((answer.status, writer.visitor.cookie), (200, None));
            self.ended.push(cookie);
        }
        self
    }

    /// Panics where an old cookie opens a session that was ended, or opens none that was not.
    async fn check(&self) {
        for cookie in &self.ended {
            let session = self.visitor.with_cookie(cookie.clone()).show().await;
            assert!(session.is_empty(), "an ended session is back: {session:?}");
        }
        for cookie in &self.living {
            let session = self.visitor.with_cookie(cookie.clone()).show().await;
            assert_eq!(value(&session), 1);
        }
    }
}

#[rocket::async_test]
async fn a_session_that_was_ended_stays_ended_after_kill_9_and_no_other_ends() {
    let (mut dice, site) = (dice(), Site::new());
    let mut server = site.start();
    let mut all = Vec::new();

    for _ in 0..KILLS {
        let visitor = Visitor::new(&server);
        let enders = (0..ENDERS).map(move |_| Ender::new(visitor.clone()));
        let storm = tokio::spawn(together(enders.map(Ender::end_until_unanswered)));
        sleep(Duration::from_millis(dice.random_range(50..400))).await;
        server.kill();
        let mut enders = storm.await.unwrap();

        server = site.start();
        site.database().check();
        for ender in &mut enders {
            ender.visitor.go_to(&server);
            ender.check().await;
        }
        all.extend(enders);
    }

    let count = |list: fn(&Ender) -> &Vec<Cookie>| all.iter().map(|ender| list(ender).len()).sum::<usize>();
    let (ended, living) = (count(|ender| &ender.ended), count(|ender| &ender.living));
    println!("{ended} ended, {living} living, {KILLS} kills");
    assert!(ended > 0 && living > 0);
    for ender in &mut all {
        ender.visitor.go_to(&server);
        ender.check().await;
    }
    // Besides the living there may be those whose making or ending was not answered, one for each ender.
    let rows = usize::try_from(site.database().rows()).unwrap();
    assert!((living..=living + all.len()).contains(&rows), "{rows} rows, {living} living sessions");
}
