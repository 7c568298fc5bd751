//! The id of a request: in its log lines, and in a header of its response.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use rocket::Request;
use rocket::tokio::task;

/// The proxy sends the id in this header, and the response returns it.
pub const HEADER: &str = "X-Request-ID";

/// The ids of the requests that are being handled. A logger gets no request. But Rocket handles each request, up to the end
/// of its body, in a task of its own, so the current task leads to the id.
static IDS: LazyLock<Mutex<HashMap<task::Id, String>>> = LazyLock::new(Mutex::default);

/// The id of a request, in its request-local cache. The log lines of the task have it until the request is gone.
pub struct RequestId {
    id: String,
    /// `None` in a test that runs its requests outside of tasks.
    task: Option<task::Id>,
}

impl RequestId {
    /// Returns the id that the proxy has given the request, or a new one. From the first call on, the log lines have it.
    pub fn begin<'r>(request: &'r Request<'_>) -> &'r Self {
        let sent = request.headers().get_one(HEADER).filter(|id| is_safe(id));
        request.local_cache(|| {
            let id = sent.map_or_else(|| format!("{:032x}", rand::random::<u128>()), str::to_owned);
            let task = task::try_id();
            task.and_then(|task| ids().insert(task, id.clone()));
            Self { id, task }
        })
    }

    pub fn as_str(&self) -> &str {
        &self.id
    }
}

impl Drop for RequestId {
    fn drop(&mut self) {
        let Some(task) = self.task else { return };
        let mut ids = ids();
        // A task of a test may have begun its next request already.
        if ids.get(&task) == Some(&self.id) {
            ids.remove(&task);
        }
    }
}

/// Returns the id of the request that the current task handles.
pub fn current() -> Option<String> {
    ids().get(&task::try_id()?).cloned()
}

pub fn ids() -> MutexGuard<'static, HashMap<task::Id, String>> {
    IDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether an id may be in the log as it is. A client without the proxy between can send anything.
fn is_safe(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
