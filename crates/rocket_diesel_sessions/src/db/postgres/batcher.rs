use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use rocket::tokio::sync::{mpsc, oneshot};
use rocket::tokio::time::timeout;

use super::mode::Mode;
use super::pool::Pool;
use crate::db::error::{Error, ErrorKind};

/// How many questions one statement takes at most.
const LARGEST_BATCH: usize = 256;

/// Sends what many requests ask at the same moment as one statement. While the server works on it, the next questions
/// gather. So the busier the server is, the less each question costs, and a request that is alone waits for nothing.
pub(crate) struct Batcher<Q, A> {
    queue: mpsc::Sender<Question<Q, A>>,
    timeout: Duration,
}

struct Question<Q, A> {
    question: Q,
    sender: oneshot::Sender<Result<A, Error>>,
}

/// Answers questions by one statement: for each of them one answer, in their order.
pub(crate) type Statement<Q, A> = fn(&mut PgConnection, &[Q]) -> QueryResult<Vec<A>>;

impl<Q: Send + 'static, A: Send + 'static> Batcher<Q, A> {
    /// Starts a thread that runs `statement` on a connection of `pool`. It ends with the batcher.
    ///
    /// With two threads, each batch has half as many questions and costs nearly as much. Over a slow network, one thread is
    /// enough too: each round trip carries up to 256 questions.
    pub fn start(pool: &Arc<Pool>, mode: Mode, statement: Statement<Q, A>) -> Self {
        let (queue, mut questions) = mpsc::channel(LARGEST_BATCH);
        let timeout = 2 * pool.timeout(); // for a place in a statement, and for a lock or a new connection
        let pool = pool.clone();
        // Without a thread, the channel is closed, and each question gets an error.
        let _ = Builder::new().name("sessions-batches".into()).spawn(move || {
            let mut serve = || serve(&pool, mode, &mut questions, statement);
            while catch_unwind(AssertUnwindSafe(&mut serve)).unwrap_or(true) {} // an application's instrumentation can panic
        });
        Self { queue, timeout }
    }

    /// Returns the answer to a question.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if there is none for twice as long as the `timeout`, [`Error::Transaction`] if the statement fails.
    pub async fn ask(&self, question: Q) -> Result<A, Error> {
        let (sender, answer) = oneshot::channel();
        let ask = async {
            self.queue.send(Question { question, sender }).await.map_err(|_| Error::Stopped)?;
            answer.await.map_err(|_| Error::Stopped)?
        };
        timeout(self.timeout, ask).await.map_err(|_| Error::Busy)?
    }
}

/// Answers the questions that wait. Returns false if nobody can ask any more.
fn serve<Q, A>(
    pool: &Pool,
    mode: Mode,
    questions: &mut mpsc::Receiver<Question<Q, A>>,
    statement: Statement<Q, A>,
) -> bool {
    let mut batch = Vec::new();
    questions.blocking_recv_many(&mut batch, LARGEST_BATCH);
    if batch.is_empty() {
        return false;
    }
    // Nobody waits for the others any more: their requests have got 503, so nothing of theirs may be saved.
    batch.retain(|it| !it.sender.is_closed());
    if batch.is_empty() {
        return true;
    }
    let (questions, senders): (Vec<Q>, Vec<_>) = batch.into_iter().map(|it| (it.question, it.sender)).unzip();
    match pool.run_postgres(mode, |conn| statement(conn, &questions)) {
        Ok(answers) => {
            for (answer, sender) in answers.into_iter().zip(senders) {
                let _ = sender.send(Ok(answer)); // the request may have ended
            }
        }
        Err(error) if senders.len() > 1 && is_refusal(&error) => {
            // One question must not fail for another one's sake.
            for (question, sender) in questions.into_iter().zip(senders).filter(|(_, sender)| !sender.is_closed()) {
                let one = [question];
                let answer = pool.run_postgres(mode, |conn| statement(conn, &one));
                let _ = sender.send(answer.map(|mut answers| answers.remove(0)));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for sender in senders {
                let _ = sender.send(Err(Error::Transaction(error.clone())));
            }
        }
    }
    true
}

/// Returns whether the server has refused what it was sent, for example a text with a NUL.
fn is_refusal(error: &Error) -> bool {
    use DatabaseErrorKind::{ClosedConnection, SerializationFailure};
    match error {
        Error::Query(QueryError::DatabaseError(kind, _)) => {
            error.kind() != ErrorKind::Locked && !matches!(kind, ClosedConnection | SerializationFailure)
        }
        _ => false,
    }
}
