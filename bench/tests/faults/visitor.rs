use std::time::Duration;

use reqwest::{Client, header};
use rocket::serde::json::serde_json::{self, Map, Value};

use crate::server::Server;

/// A browser. It keeps the session's cookie, even if the server is restarted.
#[derive(Clone)]
pub struct Visitor {
    http: Client,
    url: String,
    pub cookie: Option<String>,
}

pub struct Response {
    pub status: u16,
    pub body: String,
}

impl Visitor {
    pub fn new(server: &Server) -> Self {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap();
        Self { http, url: server.url(), cookie: None }
    }

    /// Returns another visitor with this cookie, or without one. Both share their connections.
    pub fn with_cookie(&self, cookie: Option<String>) -> Self {
        Self { cookie, ..self.clone() }
    }

    /// Sends later requests to this server.
    pub fn set_server(&mut self, server: &Server) {
        self.url = server.url();
    }

    /// Requests a page. Returns `None` if the server sent no response.
    pub async fn get(&mut self, path: &str) -> Option<Response> {
        let mut request = self.http.get(format!("{}{path}", self.url));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("sessionid={cookie}"));
        }
        let response = request.send().await.ok()?;
        for header in response.headers().get_all(header::SET_COOKIE) {
            let cookie = header.to_str().unwrap().strip_prefix("sessionid=").unwrap();
            let value = cookie.split(';').next().unwrap();
            self.cookie = Some(value.to_owned()).filter(|value| !value.is_empty());
        }
        // A visitor who has received the status counts as answered, even if the body is lost.
        Some(Response { status: response.status().as_u16(), body: response.text().await.unwrap_or_default() })
    }

    /// Returns all data of the session. Panics if it cannot be read.
    pub async fn show(&mut self) -> Map<String, Value> {
        let response = self.get("/bench/show").await.expect("no response to /bench/show");
        assert_eq!(response.status, 200, "/bench/show: {}", response.body);
        serde_json::from_str(&response.body).unwrap()
    }
}
