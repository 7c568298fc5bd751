use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Instant;

use diesel::QueryResult;
use rocket::tokio::sync::oneshot::{self, Receiver, Sender};

use crate::db::connection::DbConnection;
use crate::db::error::{Error, ErrorKind};

/// The queries of one request, on their way through the writer.
pub(super) trait Job: Send {
    /// Runs the queries and keeps their answer. Returns false if they failed; nothing that they wrote may be kept then.
    fn run(&mut self, conn: &mut DbConnection) -> bool;

    /// Returns whether the queries failed because the file is read-only.
    fn found_read_only(&self) -> bool;

    /// Returns when the job was submitted.
    fn submitted(&self) -> Instant;

    /// Sends the answer to the request. `transaction` is the result of the transaction that contained the job.
    fn answer(self: Box<Self>, transaction: Result<(), Arc<Error>>);
}

/// The answer of a job, for the request that waits for it.
pub(super) struct Answer<T>(Receiver<JobResult<T>>);

type JobResult<T> = Result<Result<T, Error>, Panic>;
type Panic = Box<dyn Any + Send>;

/// Returns a job and its future answer.
pub(super) fn job<T, F>(queries: F) -> (Box<dyn Job>, Answer<T>)
where
    T: Send + 'static,
    F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let job = Queries { queries, result: None, submitted: Instant::now(), sender };
    (Box::new(job), Answer(receiver))
}

impl<T> Answer<T> {
    /// Waits for the answer. If the queries panicked, this panics, so that the panic ends their own request.
    pub async fn receive(self) -> Result<T, Error> {
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
    submitted: Instant,
    sender: Sender<JobResult<T>>,
}

impl<T, F> Job for Queries<T, F>
where
    T: Send + 'static,
    F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
{
    fn run(&mut self, conn: &mut DbConnection) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| (self.queries)(conn)));
        let succeeded = matches!(result, Ok(Ok(_)));
        self.result = Some(result);
        succeeded
    }

    fn found_read_only(&self) -> bool {
        matches!(&self.result, Some(Ok(Err(error))) if ErrorKind::of(error) == ErrorKind::ReadOnly)
    }

    fn submitted(&self) -> Instant {
        self.submitted
    }

    fn answer(self: Box<Self>, transaction: Result<(), Arc<Error>>) {
        let answer = match (transaction, self.result) {
            (_, Some(Err(panic))) => Err(panic),
            (_, Some(Ok(Err(own)))) => Ok(Err(own.into())),
            (Ok(()), Some(Ok(Ok(value)))) => Ok(Ok(value)),
            (Err(shared), _) => Ok(Err(Error::Transaction(shared))),
            (Ok(()), None) => Ok(Err(Error::Stopped)),
        };
        let _ = self.sender.send(answer); // the request may have ended; the job is done all the same
    }
}
