use rocket::async_trait;
use time::OffsetDateTime;

#[cfg(feature = "postgres")]
use super::batches::Batches;
use super::row::Row;
use super::{expired, find, read, replaced, write};
use crate::db::Database;
use crate::error::Result;
use crate::handle::Handle;
use crate::record::{Alive, Record};
use crate::store::{Filter, Found, Page, Store, Touch, Update};

/// The engine `"db"`, the default: each session is one row of the table `sessions`.
///
/// The fairing makes this store by itself. Make it yourself for a program without Rocket, or to share a [`Database`]:
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("db.sqlite3");
/// use rocket_diesel_sessions::db::{Config, Database};
/// use rocket_diesel_sessions::{DieselStore, MIGRATIONS, Session};
///
/// let database = Database::connect(&Config::new(path.to_str().unwrap()))?;
/// database.migrate(&MIGRATIONS)?;
/// let fairing = Session::fairing().store(DieselStore::new(database));
/// # Ok::<_, rocket_diesel_sessions::db::Error>(())
/// ```
#[derive(Clone)]
pub struct DieselStore {
    database: Database,
    /// `None` if the database is a file.
    #[cfg(feature = "postgres")]
    batches: Option<std::sync::Arc<Batches>>,
}

impl DieselStore {
    /// Returns a store on the table `sessions` of `database`. The table has to exist already.
    pub fn new(database: Database) -> Self {
        Self {
            #[cfg(feature = "postgres")]
            batches: database.batch_pool().map(|pool| std::sync::Arc::new(Batches::start(pool))),
            database,
        }
    }

    /// Returns how many rows have expired.
    #[cfg(feature = "clap")]
    pub(crate) async fn count_expired(database: &Database, alive: Alive) -> Result<usize> {
        Ok(database.read(move |conn| expired::count(conn, alive)).await?)
    }
}

#[async_trait]
impl Store for DieselStore {
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
        #[cfg(feature = "postgres")]
        if let Some(batches) = &self.batches {
            let row = batches.load(handle).await?;
            return Ok(row.and_then(|row| read::record_of(handle, Some(row), alive)));
        }
        let handle = handle.clone();
        Ok(self.database.look_up(move |conn| read::load(conn, &handle, alive)).await?)
    }

    async fn create(
        &self,
        handle: &Handle,
        record: &Record,
        replaces: Option<&Handle>,
        now: OffsetDateTime,
    ) -> Result<()> {
        let row = Row::new(handle, record);
        #[cfg(feature = "postgres")]
        if let (Some(batches), None) = (&self.batches, replaces) {
            return Ok(batches.insert(row).await?);
        }
        match replaces.cloned() {
            None => Ok(self.database.change_by_statements(move |conn| write::insert(conn, &row)).await?),
            Some(old) => Ok(self.database.change(move |conn| write::replace(conn, &old, &row, now)).await?),
        }
    }

    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> {
        #[cfg(feature = "postgres")]
        if let Some(batches) = &self.batches
            && update.new_handle().is_none()
        {
            let next = update.apply(update.loaded())?;
            if next.keeps_owner_and_expiry(update.loaded()) && batches.swap(handle, update, &next).await? {
                return Ok(next);
            }
        }
        let (handle, update) = (handle.clone(), update.clone());
        self.database.change(move |conn| write::update(conn, &handle, &update)).await?
    }

    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> {
        let handle = handle.clone();
        Ok(self.database.change_by_statements(move |conn| write::touch(conn, &handle, touch)).await?)
    }

    async fn delete(&self, handle: &Handle, now: OffsetDateTime) -> Result<Option<Handle>> {
        let handle = handle.clone();
        let deleted = self.database.change_by_statements(move |conn| write::delete(conn, &handle, now)).await?;
        Ok(deleted.and_then(|key| key.parse().ok()))
    }

    async fn is_replaced(&self, handle: &Handle, now: OffsetDateTime) -> Result<bool> {
        let handle = handle.clone();
        Ok(self.database.look_up(move |conn| replaced::next(conn, handle.as_str(), now)).await?.is_some())
    }

    async fn delete_owned(&self, handle: &Handle, owner: &str) -> Result<bool> {
        let (handle, owner) = (handle.clone(), owner.to_owned());
        Ok(self.database.change_by_statements(move |conn| write::delete_owned(conn, &handle, &owner)).await?)
    }

    async fn delete_of_owner(&self, owner: &str, except: &[Handle], limit: usize) -> Result<usize> {
        let owner = owner.to_owned();
        let except: Vec<String> = except.iter().map(Handle::to_string).collect();
        Ok(self.database.change(move |conn| write::delete_of_owner(conn, &owner, &except, limit)).await?)
    }

    async fn delete_oldest(&self, owner: &str, before: OffsetDateTime, keep: usize, alive: Alive) -> Result<usize> {
        let owner = owner.to_owned();
        let oldest = self.database.read(move |conn| read::oldest(conn, &owner, before, keep, alive)).await?;
        match oldest.is_empty() {
            true => Ok(0),
            false => Ok(self.database.change(move |conn| write::delete_all(conn, &oldest)).await?),
        }
    }

    async fn find(&self, filter: &Filter, alive: Alive, page: Page) -> Result<Found> {
        let filter = filter.clone();
        Ok(self.database.read(move |conn| find::find(conn, &filter, alive, page)).await?)
    }

    async fn count(&self, filter: &Filter, alive: Alive) -> Result<usize> {
        let filter = filter.clone();
        Ok(self.database.read(move |conn| find::count(conn, &filter, alive)).await?)
    }

    async fn clear_expired(&self, alive: Alive, limit: usize) -> Result<usize> {
        expired::clear(&self.database, alive, limit).await
    }
}
