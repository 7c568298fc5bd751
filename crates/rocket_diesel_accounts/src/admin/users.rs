use rocket::request::FlashMessage;
use rocket::{State, get};
use rocket_dyn_templates::context;

use super::list::{PAGE_SIZE, link};
use crate::accounts::Accounts;
use crate::error::Result;
use crate::guard::StaffUser;
use crate::page::Page;
use crate::users;

#[get("/users?<q>&<from>")]
pub(super) async fn list(
    user: StaffUser,
    accounts: &State<Accounts>,
    q: Option<&str>,
    from: Option<&str>,
    flash: Option<FlashMessage<'_>>,
) -> Result<Page> {
    let (q, from) = (q.unwrap_or_default().trim().to_owned(), from.unwrap_or_default().to_owned());
    let limit = PAGE_SIZE as i64 + 1;
    let is_first = from.is_empty();
    let mut rows = {
        let q = q.clone();
        let find = move |conn: &mut _| match q.is_empty() {
            true => users::list(conn, &from, limit),
            false => users::search(conn, &q, limit),
        };
        accounts.read(find).await?
    };
    let next = (rows.len() > PAGE_SIZE).then(|| rows.pop()).flatten();
    let is_cut = next.is_some() && !q.is_empty();
    let more = next.filter(|_| q.is_empty()).map(|next| link("/admin/users/", &[("from", next.name())]));
    Ok(Page::new("admin/users", context! { q, rows, more, is_first, is_cut }).user(&user).message(flash))
}
