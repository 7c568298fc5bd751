use rocket::request::FlashMessage;
use rocket::{State, get};
use rocket_dyn_templates::context;

use super::statistics::Statistics;
use crate::accounts::Accounts;
use crate::audit;
use crate::error::Result;
use crate::guard::StaffUser;
use crate::page::Page;

#[get("/")]
pub(super) async fn index(
    user: StaffUser,
    accounts: &State<Accounts>,
    statistics: &State<Statistics>,
    flash: Option<FlashMessage<'_>>,
) -> Result<Page> {
    /// Django shows as many.
    const RECENT: i64 = 10;

    let numbers = match accounts.lists_sessions() {
        true => Some(statistics.numbers(accounts).await?),
        false => None,
    };
    let recent = accounts.read(|conn| audit::list(conn, None, RECENT)).await?;
    Ok(Page::new("admin/index", context! { numbers, recent }).user(&user).message(flash))
}
