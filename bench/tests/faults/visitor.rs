use std::time::Duration;

use reqwest::{Client, header};
use rocket::serde::json::serde_json::{self, Map, Value};

use crate::server::Server;

/// A browser: it keeps the session's cookie, over restarts of the server too.
#[derive(Clone)]
pub struct Visitor {
    http: Client,
    url: String,
    pub cookie: Option<String>,
}

pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Visitor {
    pub fn new(server: &Server) -> Self {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap();
        Self { http, url: server.url(), cookie: None }
    }

    /// Another one, with an old cookie or none, who shares the connections.
    pub fn with_cookie(&self, cookie: Option<String>) -> Self {
        Self { cookie, ..self.clone() }
    }

    pub fn go_to(&mut self, server: &Server) {
        self.url = server.url();
    }

    /// No answer where the server is gone.
    pub async fn get(&mut self, path: &str) -> Option<Answer> {
        let mut request = self.http.get(format!("{}{path}", self.url));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("sessionid={cookie}"));
        }
        let response = request.send().await.ok()?;
        for sent in response.headers().get_all(header::SET_COOKIE) {
            let cookie = sent.to_str().unwrap().strip_prefix("sessionid=").unwrap();
            let value = cookie.split(';').next().unwrap();
            self.cookie = Some(value.to_owned()).filter(|value| !value.is_empty());
        }
        // Whoever has seen the status was answered, also where the rest is lost.
        Some(Answer { status: response.status().as_u16(), body: response.text().await.unwrap_or_default() })
    }

    /// All that the session has. Reading must work.
    pub async fn show(&mut self) -> Map<String, Value> {
        let answer = self.get("/bench/show").await.expect("no answer to /bench/show");
        assert_eq!(answer.status, 200, "/bench/show: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}
