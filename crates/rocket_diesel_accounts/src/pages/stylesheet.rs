use rocket::get;
use rocket::http::ContentType;

#[get("/style.css")]
pub(super) fn stylesheet() -> (ContentType, &'static str) {
    (ContentType::CSS, include_str!("../../static/style.css"))
}
