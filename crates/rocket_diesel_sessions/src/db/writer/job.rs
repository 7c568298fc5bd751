use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Instant;

use diesel::QueryResult;
use diesel::result::Error as QueryError;
use rocket::tokio::sync::oneshot::{self, Receiver, Sender};

use crate::db::connection::DbConnection;
use crate::db::error::Error;

/// The queries of one caller that the writer runs.
pub(super) trait Job: Send {
    /// Runs the queries and keeps their result. Returns false if they failed, and the caller must roll back then. May
    /// be called again.
    fn run(&mut self, conn: &mut DbConnection) -> bool;

    /// Returns the error of the queries, if they returned one.
    fn query_error(&self) -> Option<&QueryError>;

    /// Returns when the job was submitted.
    fn submitted_at(&self) -> Instant;

    /// Sends the result of the queries and of their transaction to the caller.
    fn answer(self: Box<Self>, transaction: Result<(), Arc<Error>>);
}

/// The answer to a job, which its caller waits for.
pub(super) struct PendingAnswer<T>(Receiver<Answer<T>>);

type Answer<T> = Result<Result<T, Error>, Panic>;
type Panic = Box<dyn Any + Send>;

pub(super) fn job<T, F>(queries: F) -> (Box<dyn Job>, PendingAnswer<T>)
where
    T: Send + 'static,
    F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let job = Queries { queries, result: None, submitted_at: Instant::now(), sender };
    (Box::new(job), PendingAnswer(receiver))
}

impl<T> PendingAnswer<T> {
    /// Waits for the answer. If the queries panicked, the panic continues here, in the task of the caller.
    pub async fn wait(self) -> Result<T, Error> {
        match self.0.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(Error::Stopped),
        }
    }
}

struct Queries<T, F> {
    queries: F,
    result: Option<Result<QueryResult<T>, Panic>>,
    submitted_at: Instant,
    sender: Sender<Answer<T>>,
}

impl<T, F> Job for Queries<T, F>
where
    T: Send + 'static,
    F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
{
    fn run(&mut self, conn: &mut DbConnection) -> bool {
        let previous = self.result.take(); // of a run that was rolled back
        let result = catch_unwind(AssertUnwindSafe(|| {
            drop(previous); // may panic
            (self.queries)(conn)
        }));
        let succeeded = matches!(result, Ok(Ok(_)));
        self.result = Some(result);
        succeeded
    }

    fn query_error(&self) -> Option<&QueryError> {
        self.result.as_ref()?.as_ref().ok()?.as_ref().err()
    }

    fn submitted_at(&self) -> Instant {
        self.submitted_at
    }

    fn answer(self: Box<Self>, transaction: Result<(), Arc<Error>>) {
        let answer = match (transaction, self.result) {
            (_, Some(Err(panic))) => Err(panic),
            (_, Some(Ok(Err(error)))) => Ok(Err(error.into())),
            (Ok(()), Some(Ok(Ok(value)))) => Ok(Ok(value)),
            (Err(shared), _) => Ok(Err(Error::Transaction(shared))),
            (Ok(()), None) => Ok(Err(Error::Stopped)),
        };
        let _ = self.sender.send(answer); // fails if the caller has gone, but the job is done
    }
}
