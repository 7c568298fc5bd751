use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher, PasswordVerifier};
use rocket::tokio::sync::{OwnedSemaphorePermit, Semaphore};
use rocket::tokio::task::spawn_blocking;
use rocket::tokio::time::timeout;

use crate::attempts::FREE;
use crate::error::{Error, Result};

/// Hashes passwords with argon2id and OWASP's parameters: 19 MiB of memory, two passes (OWASP ASVS 5.0, 11.4.2).
///
/// A hash takes tens of milliseconds and its memory on purpose. So it runs on threads of its own, and only so many at a time
/// that the processors have time for other pages. Of those that wait, only so many may wait that a flood of sign-ins does
/// not fill the memory.
#[derive(Clone)]
pub(crate) struct Hasher {
    /// Those that hash.
    slots: Arc<Semaphore>,
    /// Those that hash or wait.
    places: Arc<Semaphore>,
    /// The hash of no password. A wrong name costs the same time as a wrong password with it (OWASP ASVS 5.0, 6.3.8).
    nobody: String,
}

/// The right to hash. It goes with the work to its thread, so that a client who hangs up does not make room for another.
pub(crate) struct Slot {
    _slot: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

/// How many hash at the same time at most.
const MOST_SLOTS: usize = 4;
const WAITING: usize = 100;
const LONGEST_WAIT: Duration = Duration::from_secs(10);

// Each password counts as a failure until it is checked. So many right ones at the same moment must not use up the free ones.
const _: () = assert!(MOST_SLOTS < FREE as usize);

impl Hasher {
    /// Makes one hash, which takes a moment.
    pub fn new() -> Self {
        let slots = available_parallelism().map_or(1, |processors| (processors.get() / 2).clamp(1, MOST_SLOTS));
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            places: Arc::new(Semaphore::new(slots + WAITING)),
            nobody: hash(&crate::random::random_id()),
        }
    }

    /// Waits for the right to hash.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if 100 others wait already, or after ten seconds.
    pub async fn slot(&self) -> Result<Slot> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let slot = timeout(LONGEST_WAIT, self.slots.clone().acquire_owned()).await;
        let slot = slot.map_err(|_| Error::Busy)?.expect("nobody closes the semaphore");
        Ok(Slot { _slot: slot, _place: place })
    }

    /// Returns the hash of a password, with a random salt.
    pub async fn hash(&self, slot: Slot, password: String) -> (Slot, String) {
        on_a_thread(slot, move || hash(&password)).await
    }

    /// Returns whether the password has this hash. Without a hash, takes the same time and returns false.
    pub async fn verify(&self, slot: Slot, password: String, hash: Option<&str>) -> (Slot, bool) {
        let (exists, hash) = (hash.is_some(), hash.unwrap_or(&self.nobody).to_owned());
        on_a_thread(slot, move || verify(&password, &hash) && exists).await
    }
}

/// Runs work that takes long on a thread of its own.
pub(crate) async fn on_a_thread<T: Send + 'static>(slot: Slot, work: impl FnOnce() -> T + Send + 'static) -> (Slot, T) {
    spawn_blocking(move || {
        let result = work();
        (slot, result)
    })
    .await
    .expect("hashing does not panic")
}

fn hash(password: &str) -> String {
    Argon2::default().hash_password(password.as_bytes()).expect("the parameters are valid").to_string()
}

/// Checks with the parameters that the hash was made with. A malformed hash belongs to no password.
fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Returns whether a hash was made with other parameters than new ones are.
pub(crate) fn is_outdated(hash: &str) -> bool {
    let parameters = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
    !hash.starts_with("$argon2id$")
        || parameters.is_none_or(|found| {
            let now = Params::default();
            (found.m_cost(), found.t_cost(), found.p_cost()) != (now.m_cost(), now.t_cost(), now.p_cost())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rocket::async_test]
    async fn a_hash_is_argon2id_with_owasps_parameters_and_verifies_its_password_only() {
        let hasher = Hasher::new();
        let (slot, hash) = hasher.hash(hasher.slot().await.unwrap(), "correct horse".into()).await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let (slot, right) = hasher.verify(slot, "correct horse".into(), Some(&hash)).await;
        let (slot, wrong) = hasher.verify(slot, "correct horse ".into(), Some(&hash)).await;
        let (slot, nobody) = hasher.verify(slot, "correct horse".into(), None).await;
        let (_, malformed) = hasher.verify(slot, "correct horse".into(), Some("!")).await;
        assert_eq!((right, wrong, nobody, malformed), (true, false, false, false));
    }

    #[test]
    fn only_a_hash_with_other_parameters_is_outdated() {
        assert!(!is_outdated(&hash("x")));
        let weaker =
            Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, Params::new(8192, 1, 1, None).unwrap());
        assert!(is_outdated(&weaker.hash_password(b"x").unwrap().to_string()));
        assert!(is_outdated("pbkdf2_sha256$1000000$salt$hash"));
    }

    #[rocket::async_test]
    async fn a_flood_of_passwords_is_refused_instead_of_queued() {
        let hasher = Hasher::new();
        let slots = hasher.slots.available_permits();
        let held: Vec<Slot> = rocket::futures::future::join_all((0..slots).map(|_| hasher.slot()))
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| {
                rocket::tokio::spawn({
                    let hasher = hasher.clone();
                    async move { hasher.slot().await.map(drop) }
                })
            })
            .collect();
        while hasher.places.available_permits() > 0 {
            rocket::tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.slot().await, Err(Error::Busy)));
        drop(held);
        for waiter in waiting {
            waiter.await.unwrap().expect("those that wait get their turn");
        }
    }
}
