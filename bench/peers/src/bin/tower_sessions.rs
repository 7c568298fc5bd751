//! axum with tower-sessions and its PostgreSQL store.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tower_sessions::cookie::time::Duration;
use tower_sessions::session::Error as SessionError;
use tower_sessions::{Expiry, Session, SessionManagerLayer};
use tower_sessions_sqlx_store::PostgresStore;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), peers::Error> {
    let store = PostgresStore::new(peers::pool().await?);
    store.migrate().await?;
    let sessions =
        SessionManagerLayer::new(store).with_secure(false).with_expiry(Expiry::OnInactivity(Duration::weeks(2)));
    let router = Router::new()
        .route("/get/", get(getsession))
        .route("/set/", get(setsession))
        .route("/del/", get(delsession))
        .layer(sessions)
        .layer(middleware::from_fn(finish));
    let listener = TcpListener::bind(("127.0.0.1", peers::port()?)).await?;
    // Rocket sets this, too.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, router).await?)
}

/// Handles a request to its end, even if the client disconnects.
///
/// axum stops in the middle then. If that is in the middle of BEGIN, sqlx puts a connection with an open transaction back
/// into its pool, and what is saved over this connection later is never committed. At the end of each measurement, wrk
/// disconnects in the middle of requests.
async fn finish(request: Request, next: Next) -> Response {
    tokio::spawn(next.run(request)).await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn getsession(session: Session) -> Result<Html<String>, Failed> {
    let name = session.get("name").await?;
    let lname = session.get("lname").await?;
    Ok(Html(peers::page(name, lname)))
}

async fn setsession(session: Session) -> Result<Html<&'static str>, Failed> {
    session.insert("name", "Bipasha").await?;
    session.insert("lname", "Codedec").await?;
    Ok(Html(peers::SET))
}

async fn delsession(session: Session) -> Result<Html<&'static str>, Failed> {
    session.remove::<String>("name").await?;
    Ok(Html(peers::DELETED))
}

/// An error of the store, which is answered with 500.
struct Failed(SessionError);

impl From<SessionError> for Failed {
    fn from(error: SessionError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}
