use std::time::{Duration, Instant};

use rand::Rng;
use reqwest::{Client, Method, RequestBuilder, header};
use rocket::serde::json::serde_json::{self, Map, Value};
use rocket::tokio::time::sleep;

use crate::failures::{Failure, Failures};

const COOKIE: &str = "__Host-sessionid";
const PASSWORD: &str = "correct horse battery staple";

/// A visitor with a user name of their own, who knows what the session must contain.
pub struct Visitor {
    http: Client,
    site: String,
    failures: Failures,
    name: String,
    cookie: Option<String>,
    is_signed_in: bool,
    /// The value that the last answered change has set, and those of later changes that were not answered. 0 is no value.
    values: Vec<u64>,
    next_value: u64,
    /// Cookies that must open nothing: those from before a sign-in or a sign-out.
    ended: Vec<String>,
    pub done: u64,
    /// How many sessions were given up, because nobody knows what became of a sign-in or a sign-out.
    pub abandoned: u64,
}

struct Answer {
    status: u16,
    body: String,
}

impl Visitor {
    pub fn new(site: &str, http: &Client, failures: &Failures) -> Self {
        Self {
            http: http.clone(),
            site: site.to_owned(),
            failures: failures.clone(),
            name: format!("visitor-{:016x}", rand::random::<u64>()),
            cookie: None,
            is_signed_in: false,
            values: vec![0],
            next_value: 1,
            ended: Vec::new(),
            done: 0,
            abandoned: 0,
        }
    }

    /// Makes the user with whose name the visitor signs in.
    pub async fn register(&mut self) {
        let user = self.request(Method::POST, &format!("/bench/users/{}/{PASSWORD}", self.name));
        assert_eq!(self.send(user).await.expect("nothing is broken yet").status, 200);
    }

    /// Reads, changes, signs in or signs out.
    pub async fn do_something(&mut self) {
        let choice = rand::rng().random_range(0..100);
        match choice {
            0..45 => self.look().await,
            45..91 => self.change().await,
            91..95 if self.is_signed_in => self.sign_out().await,
            91..95 => self.sign_in().await,
            _ => self.look_at_an_ended_session().await,
        }
    }

    /// Panics if the session has lost a change, or if the visitor was signed out or in.
    pub async fn look(&mut self) {
        if let Some(value) = self.value(self.cookie.clone()).await {
            assert!(self.values.contains(&value), "{}: the session has {value}, allowed: {:?}", self.name, self.values);
        }
        if let Some(user) = self.user(self.cookie.clone()).await {
            assert_eq!(user, self.is_signed_in.then(|| self.name.clone()), "who is signed in");
        }
    }

    async fn change(&mut self) {
        let value = self.next_value;
        self.next_value += 1;
        let request = self.request(Method::GET, &format!("/bench/both/{value}"));
        match self.send(request).await {
            Some(answer) => {
                assert_eq!(answer.status, 200, "{}: a change was refused: {}", self.name, answer.body);
                self.values = vec![value];
            }
            // Without a cookie, its session belongs to nobody.
            None if self.cookie.is_some() => self.values.push(value),
            None => {}
        }
    }

    async fn sign_in(&mut self) {
        let before = self.cookie.clone();
        let form = [("username", self.name.as_str()), ("password", PASSWORD), ("next", "")];
        let request = self.request(Method::POST, "/accounts/login").form(&form);
        match self.send(request).await {
            Some(answer) => {
                assert_eq!(answer.status, 303, "{}: a sign-in was refused: {}", self.name, answer.body);
                assert_ne!(self.cookie, before, "a sign-in makes a new key");
                self.ended.extend(before);
                self.is_signed_in = true;
            }
            None => self.abandon(),
        }
    }

    async fn sign_out(&mut self) {
        let before = self.cookie.clone();
        let request = self.request(Method::POST, "/accounts/logout");
        match self.send(request).await {
            Some(answer) => {
                assert_eq!(answer.status, 303, "{}: a sign-out was refused: {}", self.name, answer.body);
                assert_eq!(self.cookie, None, "a sign-out removes the cookie");
                self.ended.extend(before);
                self.is_signed_in = false;
                self.values = vec![0];
            }
            None => self.abandon(),
        }
    }

    /// Begins as a new visitor, because the cookie may have been replaced.
    fn abandon(&mut self) {
        (self.cookie, self.is_signed_in, self.values) = (None, false, vec![0]);
        self.abandoned += 1;
    }

    async fn look_at_an_ended_session(&mut self) {
        if !self.ended.is_empty() {
            let cookie = self.ended[rand::rng().random_range(0..self.ended.len())].clone();
            self.must_be_ended(cookie).await;
        }
    }

    /// Panics if a cookie from before a sign-in or a sign-out opens a session.
    pub async fn look_at_ended_sessions(&mut self) {
        for cookie in self.ended.clone() {
            self.must_be_ended(cookie).await;
        }
    }

    async fn must_be_ended(&mut self, cookie: String) {
        assert!(matches!(self.value(Some(cookie.clone())).await, None | Some(0)), "an ended session is alive");
        assert!(matches!(self.user(Some(cookie)).await, None | Some(None)), "an ended session is signed in");
    }

    /// Returns the value in the session of a cookie, or `None` if there was no answer.
    async fn value(&mut self, cookie: Option<String>) -> Option<u64> {
        let answer = self.get("/bench/show", cookie).await?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let session: Map<String, Value> = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(session.get("left"), session.get("right"), "only half of a change was applied");
        Some(session.get("left").map_or(0, |value| value.as_u64().unwrap()))
    }

    /// Returns the name of the user who is signed in by a cookie, or `None` if there was no answer.
    async fn user(&mut self, cookie: Option<String>) -> Option<Option<String>> {
        let answer = self.get("/bench/user", cookie).await?;
        match answer.status {
            200 => Some(Some(answer.body)),
            303 => Some(None), // to the page for signing in
            status => panic!("{status}: {}", answer.body),
        }
    }

    async fn get(&mut self, path: &str, cookie: Option<String>) -> Option<Answer> {
        let own = std::mem::replace(&mut self.cookie, cookie);
        let request = self.request(Method::GET, path);
        self.cookie = own;
        self.send(request).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.site));
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, format!("{COOKIE}={cookie}")),
            None => request,
        }
    }

    /// Sends a request and keeps the cookie of its answer. Returns `None` if nobody has answered it.
    async fn send(&mut self, request: RequestBuilder) -> Option<Answer> {
        self.done += 1;
        let request = request.build().unwrap();
        let (name, began) = (format!("{} {}", request.method(), request.url().path()), Instant::now());
        let response = self.http.execute(request).await;
        let status = response.as_ref().map_or(0, |response| response.status().as_u16());
        if status == 0 || status >= 500 {
            self.failures.add(Failure { request: name, began, ended: Instant::now(), status });
            sleep(Duration::from_millis(20)).await; // nobody tries again at once
            return None;
        }
        let response = response.unwrap();
        for header in response.headers().get_all(header::SET_COOKIE) {
            if let Some((COOKIE, value)) = header.to_str().unwrap().split_once('=') {
                let value = value.split(';').next().unwrap();
                self.cookie = Some(value.to_owned()).filter(|value| !value.is_empty());
            }
        }
        Some(Answer { status, body: response.text().await.unwrap_or_default() })
    }
}
