use rocket::Responder;
use rocket::http::Header;

/// A page that the browser loads again each time, even with its back button.
#[derive(Responder)]
pub struct NeverCached<T> {
    page: T,
    cache_control: Header<'static>,
}

impl<T> NeverCached<T> {
    pub fn new(page: T) -> Self {
        Self { page, cache_control: Header::new("Cache-Control", "no-store") }
    }
}
