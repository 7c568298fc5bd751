//! The request guards [`User`] and [`StaffUser`].

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};
use rocket_diesel_sessions::Session;

use crate::accounts::Accounts;
use crate::error::{Error, Result};
use crate::users::{self, STAMP, User};

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let SignedIn(found) = request.local_cache_async(async { SignedIn(signed_in(request).await) }).await;
        match found {
            Ok(Some(user)) => Outcome::Success(user.clone()),
            Ok(None) => {
                NeedsSignIn::of(request).0.store(true, Ordering::Relaxed);
                Outcome::Error((Status::Unauthorized, Error::NotSignedIn))
            }
            Err(error) => {
                error.report(request);
                Outcome::Error((error.status(), error.clone()))
            }
        }
    }
}

/// What the guards of one request have found. It is in the request-local cache, so that they ask only once.
struct SignedIn(Result<Option<User>>);

/// Returns the user whose session this is, if the credentials with which it was signed in are still valid. If they are not,
/// ends the session: an application that reads its data without a [`User`] must not see it either.
async fn signed_in(request: &Request<'_>) -> Result<Option<User>> {
    let session = match Session::from_request(request).await {
        Outcome::Success(session) => session,
        Outcome::Error((_, error)) => return Err(error.into()),
        Outcome::Forward(_) => return Ok(None),
    };
    let accounts =
        request.rocket().state::<Accounts>().ok_or(Error::Session(rocket_diesel_sessions::Error::NotAttached))?;
    let Some(id) = session.owner() else { return Ok(None) };
    let user = accounts.read(move |conn| users::by_id(conn, &id)).await?;
    // A session that was signed in another way has no stamp, or one of another type.
    let stamp: Option<String> = session.login_value(STAMP).ok().flatten();
    // An owner who is no user and has no stamp was signed in by the application in a way of its own.
    let is_of_accounts = user.is_some() || stamp.is_some();
    let user = user.filter(|user| user.has_stamp(stamp.as_deref()));
    if is_of_accounts && user.is_none() {
        session.flush();
    }
    Ok(user)
}

/// Whether a guard has refused a visitor who was not signed in. Then a 401 becomes a redirect to the sign-in page.
#[derive(Default)]
pub(crate) struct NeedsSignIn(AtomicBool);

impl NeedsSignIn {
    fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(Self::default)
    }

    pub fn is_set(request: &Request<'_>) -> bool {
        Self::of(request).0.load(Ordering::Relaxed)
    }
}

/// Refuses to launch an application that uses the guard without its fairing.
impl Sentinel for User {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let is_missing = rocket.state::<Accounts>().is_none();
        if is_missing {
            rocket::error!("a route asks for a User: attach Accounts::fairing()");
        }
        is_missing
    }
}

/// A user who may open the admin site: a request guard. A visitor who is not signed in is sent to the sign-in page. Somebody
/// who is signed in and not staff gets 403. Django: `staff_member_required`.
///
/// ```
/// use rocket::get;
/// use rocket_diesel_accounts::StaffUser;
///
/// #[get("/reports")]
/// fn reports(user: StaffUser) -> String {
///     format!("Reports for {}", user.name())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct StaffUser(User);

impl Deref for StaffUser {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for StaffUser {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let user = try_outcome!(request.guard::<User>().await);
        match user.is_staff() {
            true => Outcome::Success(Self(user)),
            false => {
                rocket::warn!("accounts: {:?} asked for {} and is not staff", user.name(), request.uri().path());
                Outcome::Error((Status::Forbidden, Error::Forbidden))
            }
        }
    }
}

impl Sentinel for StaffUser {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        User::abort(rocket)
    }
}
