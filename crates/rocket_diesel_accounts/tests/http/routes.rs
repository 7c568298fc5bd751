//! The pages of the application that has the accounts.

use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::tokio::sync::Semaphore;
use rocket::{Route, State, get, post, routes};
use rocket_diesel_accounts::{Accounts, Client, Error, Result, StaffUser, User};
use rocket_diesel_sessions::{Result as SessionResult, Session};

#[get("/me")]
fn me(user: User) -> String {
    user.name().into()
}

#[get("/maybe")]
fn maybe(user: Option<User>) -> String {
    user.map_or("nobody".into(), |user| user.name().into())
}

#[get("/staff")]
fn staff(user: StaffUser) -> String {
    user.name().into()
}

/// A page whose own code answers 401, for example to a wrong token.
#[get("/token")]
fn token() -> Status {
    Status::Unauthorized
}

#[get("/result")]
fn result(user: Result<User>) -> Result<String, Status> {
    user.map(|user| user.name().into()).map_err(|error| match error {
        Error::NotSignedIn => Status::Unauthorized,
        error => error.status(),
    })
}

#[get("/insert/<key>/<value>")]
fn insert(session: Session<'_>, key: &str, value: &str) -> SessionResult<()> {
    session.insert(key, value)
}

#[get("/look/<key>")]
fn look(session: Session<'_>, key: &str) -> SessionResult<String> {
    Ok(session.get(key)?.unwrap_or_default())
}

#[get("/clear")]
fn clear(session: Session<'_>) {
    session.clear();
}

/// Names an owner without any check of a password.
#[get("/forge/<owner>")]
fn forge(session: Session<'_>, owner: &str) {
    session.login(owner);
}

#[derive(FromForm)]
struct Registration<'r> {
    name: &'r str,
    password: &'r str,
}

#[post("/register", data = "<form>")]
async fn register(
    form: Form<Registration<'_>>,
    accounts: &State<Accounts>,
    session: Session<'_>,
    client: Client,
) -> Result<Redirect> {
    let user = accounts.create_user(form.name, form.password).await?;
    accounts.log_in(&session, &user, &client).await?;
    Ok(Redirect::to("/me"))
}

/// A point where a handler waits for the test.
pub struct Breakpoint {
    pub reached: Semaphore,
    pub resume: Semaphore,
}

impl Default for Breakpoint {
    fn default() -> Self {
        Self { reached: Semaphore::new(0), resume: Semaphore::new(0) }
    }
}

impl Breakpoint {
    /// Tells the test that the handler is here, and waits until the test resumes it.
    async fn wait(&self) {
        self.reached.add_permits(1);
        self.resume.acquire().await.unwrap().forget();
    }
}

#[get("/slow/insert/<key>/<value>")]
async fn slow_insert(
    session: Session<'_>,
    breakpoint: &State<Breakpoint>,
    key: &str,
    value: &str,
) -> SessionResult<()> {
    breakpoint.wait().await;
    session.insert(key, value)
}

/// Signs a user in, after a pause between the check of the password and the sign-in.
#[get("/slow/log_in/<name>")]
async fn slow_log_in(
    accounts: &State<Accounts>,
    session: Session<'_>,
    client: Client,
    breakpoint: &State<Breakpoint>,
    name: &str,
) -> Result<()> {
    let user = accounts.find(name).await?.ok_or(Error::NotFound)?;
    breakpoint.wait().await;
    accounts.log_in(&session, &user, &client).await
}

pub fn routes() -> Vec<Route> {
    routes![me, maybe, staff, token, result, insert, look, clear, forge, register, slow_insert, slow_log_in]
}
