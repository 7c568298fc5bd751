use rocket::http::{Header, Status};
use rocket::request::{FlashMessage, Request};
use rocket::response::{self, Responder};
use rocket::serde::Serialize;
use rocket::{Ignite, Rocket, Sentinel};
use rocket_dyn_templates::Template;
use serde_json::{Map, Value, json};

use crate::attempts::Wait;
use crate::templates;
use crate::users::User;

/// A page of this library. Browsers and proxies don't keep it (OWASP ASVS 5.0, 14.3.2).
pub(crate) struct Page {
    template: &'static str,
    status: Status,
    /// For how many seconds the client has to wait.
    retry_after: Option<u64>,
    context: Map<String, Value>,
}

impl Page {
    pub fn new(template: &'static str, context: impl Serialize) -> Self {
        let context = match serde_json::to_value(context) {
            Ok(Value::Object(context)) => context,
            _ => unreachable!("the context of a page is a map"),
        };
        Self { template, status: Status::Ok, retry_after: None, context }
    }

    /// Shows who is signed in.
    pub fn user(mut self, user: &User) -> Self {
        self.context.insert("user".into(), json!(user));
        self
    }

    /// Shows what the page before has done.
    pub fn message(mut self, flash: Option<FlashMessage<'_>>) -> Self {
        if let Some(flash) = flash {
            self.context.insert("message".into(), flash.message().into());
        }
        self
    }

    /// Answers 429.
    pub fn wait(self, wait: Wait) -> Self {
        Self { status: Status::TooManyRequests, retry_after: Some(wait.seconds), ..self }
    }
}

/// In Rocket's managed state if the admin site is mounted, so that pages link to it.
pub(crate) struct HasAdmin;

impl<'r> Responder<'r, 'static> for Page {
    fn respond_to(mut self, request: &'r Request<'_>) -> response::Result<'static> {
        self.context.insert("has_admin".into(), request.rocket().state::<HasAdmin>().is_some().into());
        let template = Template::render(templates::page(self.template), self.context);
        let mut response = template.respond_to(request).inspect_err(|_| {
            rocket::error!(
                "accounts: the page {} can't be rendered. Attach Template::custom(Accounts::templates)",
                self.template
            );
        })?;
        response.set_status(self.status);
        response.set_header(Header::new("Cache-Control", "no-store"));
        if let Some(seconds) = self.retry_after {
            response.set_header(Header::new("Retry-After", seconds.to_string()));
        }
        Ok(response)
    }
}

impl Sentinel for Page {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        Template::abort(rocket)
    }
}
