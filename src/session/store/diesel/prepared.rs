//! An UPDATE that is compiled once for each connection.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AsChangeset, AstPass, QueryFragment, QueryId};

use crate::schema::sessions;

/// Sets `values` where `filter` holds.
///
/// Diesel's own `update` never keeps its statement, because the values of some leave out columns and so make another
/// SQL each time. These here have always the same columns. Compiling took longer than running.
#[derive(Clone, Copy)]
pub(super) struct PreparedUpdate<V, W> {
    values: V,
    filter: W,
}

/// `UPDATE sessions SET values WHERE filter`. With `values` that leave out no column, whatever is in them.
pub(super) fn update<V, W>(values: V, filter: W) -> PreparedUpdate<V::Changeset, W>
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

/// The statement is found by its text.
impl<V, W> QueryId for PreparedUpdate<V, W> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<V, W, C> RunQueryDsl<C> for PreparedUpdate<V, W> {}
