use super::manage::Sessions;
use crate::error::Result;
use crate::handle::Handle;
use crate::store::{Filter, Found, Listed, Page};

/// Lists, searches and counts.
impl Sessions {
    /// Returns a page of the owner's sessions that are alive, the newest first.
    pub async fn of_owner(&self, owner: &str, page: Page) -> Result<Vec<Listed>> {
        Ok(self.find(&Filter::all().of_owner(owner).alive(true), page).await?.sessions)
    }

    /// Returns a page of all sessions that are alive, the newest first. For administrators.
    pub async fn list(&self, page: Page) -> Result<Vec<Listed>> {
        Ok(self.find(&Filter::all().alive(true), page).await?.sessions)
    }

    /// Returns how many sessions are alive.
    pub async fn count(&self) -> Result<usize> {
        self.count_matching(&Filter::all().alive(true)).await
    }

    /// Returns a session, alive or expired. For administrators.
    pub async fn get(&self, handle: &Handle) -> Result<Option<Listed>> {
        let found = self.find(&Filter::all().handle_prefix(handle.as_str()), Page::first()).await?;
        Ok(found.sessions.into_iter().next())
    }

    /// Returns a page of the sessions that the filter finds, the newest first, and where the next page begins. For
    /// administrators.
    ///
    /// ```
    /// use rocket::{State, get};
    /// use rocket_diesel_sessions::{Filter, Page, Position, Result, Sessions};
    ///
    /// /// The sessions in which somebody is signed in, page by page.
    /// #[get("/sessions?<after>")]
    /// async fn signed_in(sessions: &State<Sessions>, after: Option<Position>) -> Result<String> {
    ///     let mut filter = Filter::all().signed_in(true).alive(true).scan_limit(10_000);
    ///     filter.after = after;
    ///     let found = sessions.find(&filter, Page::first()).await?;
    ///     let mut page: String = found.sessions.iter().map(|session| format!("{}\n", session.handle)).collect();
    ///     if let Some(next) = found.next {
    ///         page += &format!("Continue at /sessions?after={next}\n");
    ///     }
    ///     Ok(page)
    /// }
    /// ```
    ///
    /// The pages of a large table cost the same each if they continue by [`Filter::after`], as here, and if the table has
    /// an index on `created_at`. The page with a high number costs as much as all pages before it.
    pub async fn find(&self, filter: &Filter, page: Page) -> Result<Found> {
        self.store()?.find(filter, self.alive(), page).await
    }

    /// Returns how many sessions the filter finds. It looks at all of them, so in a large table it takes longer than a page.
    pub async fn count_matching(&self, filter: &Filter) -> Result<usize> {
        self.store()?.count(filter, self.alive()).await
    }
}
