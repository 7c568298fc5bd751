//! The pages of the library, as the launched application lists them: a new page is in the tests at once.

use rocket::http::Method;

use crate::test_app::TestApp;

/// Returns the paths of all routes with this method under `prefix`, without the stylesheet. The user and the session in them
/// are the first ones in the tables.
pub fn of(app: &TestApp, method: Method, prefix: &str) -> Vec<String> {
    let (id, handle) = (app.users().remove(0).id, app.sessions().remove(0).session_key);
    let routes = app.client.rocket().routes().filter(|route| route.method == method);
    let mut paths: Vec<String> = routes
        .map(|route| route.uri.path().trim_end_matches('/').replace("<id>", &id).replace("<handle>", &handle) + "/")
        .filter(|path| path.starts_with(prefix) && path != "/accounts/style.css/")
        .collect();
    paths.sort();
    paths
}
