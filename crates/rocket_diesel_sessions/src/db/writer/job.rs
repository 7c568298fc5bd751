use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Instant;

use diesel::QueryResult;
use diesel::result::Error as QueryError;
use rocket::tokio::sync::oneshot::{self, Receiver, Sender};

use crate::db::connection::DbConnection;
use crate::db::error::Error;

/// One request's queries on their way through the writer.
pub(super) trait Job: Send {
    /// Runs the queries and keeps their answer. `false`: they failed, and nothing of what they wrote may stay.
    fn run(&mut self, conn: &mut DbConnection) -> bool;

    /// What its queries were refused with.
    fn refusal(&self) -> Option<&QueryError>;

    /// When the writer accepted it.
    fn accepted(&self) -> Instant;

    /// Tells who waits what became of it.
    fn answer(self: Box<Self>, transaction: Result<(), Arc<Error>>);
}

/// Who waits for a job.
pub(super) struct Waiting<T>(Receiver<Answer<T>>);

type Answer<T> = Result<Result<T, Error>, Panic>;
type Panic = Box<dyn Any + Send>;

/// A job, and who waits for it.
pub(super) fn job<T, F>(queries: F) -> (Box<dyn Job>, Waiting<T>)
where
    T: Send + 'static,
    F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let job = Queries { queries, answer: None, accepted: Instant::now(), sender };
    (Box::new(job), Waiting(receiver))
}

impl<T> Waiting<T> {
    /// A job that panicked panics here, where its request is.
    pub async fn answer(self) -> Result<T, Error> {
        match self.0.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(Error::Stopped),
        }
    }
}

struct Queries<T, F> {
    queries: F,
    answer: Option<Result<QueryResult<T>, Panic>>,
    accepted: Instant,
    sender: Sender<Answer<T>>,
}

impl<T, F> Job for Queries<T, F>
where
    T: Send + 'static,
    F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
{
    fn run(&mut self, conn: &mut DbConnection) -> bool {
        let before = self.answer.take(); // of a run that was undone: it may panic when it is dropped
        let answer = catch_unwind(AssertUnwindSafe(|| {
            drop(before);
            (self.queries)(conn)
        }));
        let success = matches!(answer, Ok(Ok(_)));
        self.answer = Some(answer);
        success
    }

    fn refusal(&self) -> Option<&QueryError> {
        self.answer.as_ref()?.as_ref().ok()?.as_ref().err()
    }

    fn accepted(&self) -> Instant {
        self.accepted
    }

    fn answer(self: Box<Self>, transaction: Result<(), Arc<Error>>) {
        let answer = match (transaction, self.answer) {
            (_, Some(Err(panic))) => Err(panic),
            (_, Some(Ok(Err(own)))) => Ok(Err(own.into())),
            (Ok(()), Some(Ok(Ok(value)))) => Ok(Ok(value)),
            (Err(shared), _) => Ok(Err(Error::Transaction(shared))),
            (Ok(()), None) => Ok(Err(Error::Stopped)),
        };
        let _ = self.sender.send(answer); // whoever waited may have gone; the job is done all the same
    }
}
