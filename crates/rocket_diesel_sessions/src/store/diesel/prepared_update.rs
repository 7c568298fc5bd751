use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AsChangeset, AstPass, QueryFragment, QueryId};

use crate::schema::sessions;

/// An UPDATE that SQLite compiles only once for each connection.
///
/// Diesel's own `update` is never cached: optional values can leave out columns, which makes a different SQL text each
/// time. The values here always have the same columns. Compiling the statement took longer than running it.
#[derive(Clone, Copy)]
pub(super) struct PreparedUpdate<V, W> {
    values: V,
    filter: W,
}

/// Returns `UPDATE sessions SET values WHERE filter`. `values` must not leave out a column, whatever they contain.
pub(super) fn prepared_update<V, W>(values: V, filter: W) -> PreparedUpdate<V::Changeset, W>
where
    V: AsChangeset<Target = sessions::table>,
    W: Expression + AppearsOnTable<sessions::table>,
{
    PreparedUpdate { values: values.as_changeset(), filter }
}

impl<DB, V, W> QueryFragment<DB> for PreparedUpdate<V, W>
where
    DB: Backend,
    V: QueryFragment<DB>,
    W: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        out.push_identifier("sessions")?;
        out.push_sql(" SET ");
        self.values.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.filter.walk_ast(out)
    }
}

/// The cache finds the statement by its text.
impl<V, W> QueryId for PreparedUpdate<V, W> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<V, W, C> RunQueryDsl<C> for PreparedUpdate<V, W> {}
