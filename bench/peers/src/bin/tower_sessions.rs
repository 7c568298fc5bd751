//! axum with tower-sessions and its PostgreSQL store.

use axum::Router;
use axum::response::Html;
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
        .layer(sessions);
    let listener = TcpListener::bind(("127.0.0.1", peers::port()?)).await?;
    // Rocket sets this, too.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, router).await?)
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

impl axum::response::IntoResponse for Failed {
    fn into_response(self) -> axum::response::Response {
        (axum::http::StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}
