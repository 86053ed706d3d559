use std::hint::black_box;

use domain::{Scope, Scopes, User};
use spin_sdk::variables;

use crate::{Error, Request, Result, bearer, session};

/// The header by which the host of local mode vouches for a request; it strips a client's own.
const LOCAL_HEADER: &str = "x-spindle-local";

/// Who asks, and what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Whose data it is about.
    pub user: User,
    /// What may be done.
    pub scopes: Scopes,
    /// How they are known.
    pub by: By,
}

/// How somebody is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The host of local mode vouches for them: it is this machine's own user.
    LocalMode,
    /// They have logged in, here or at the external identity provider.
    LogIn,
    /// They show a personal access token.
    AccessToken,
}

impl Caller {
    /// The user, if this is among what they may do.
    ///
    /// # Errors
    /// [`Error::InsufficientScope`] otherwise.
    pub fn may(self, scope: Scope) -> Result<User> {
        if self.scopes.contains(scope) {
            Ok(self.user)
        } else {
            Err(Error::InsufficientScope(scope))
        }
    }

    /// The user, if it is a person and not a token that acts for one: a token can't make another, nor
    /// change the password.
    ///
    /// # Errors
    /// [`Error::OnlyPeople`] otherwise.
    pub fn person(self) -> Result<User> {
        if self.by == By::AccessToken { Err(Error::OnlyPeople) } else { Ok(self.user) }
    }

    /// Whether it is local mode's one user, at the machine that serves them: no rate is for them.
    pub fn is_local(self) -> bool {
        self.by == By::LocalMode
    }
}

/// Who asks, if they may do this.
///
/// # Errors
/// As [`identify`], and [`Error::InsufficientScope`].
pub fn authenticate(request: &Request, scope: Scope) -> Result<User> {
    identify(request)?.may(scope)
}

/// Who asks: by the token that they show; if they show none, by their browser's session, and else by the host's word.
///
/// Local mode is on where the variable `local_secret` has a value. Only the host knows it, adds it
/// to requests that bring no credentials, and serves nobody but this machine.
///
/// # Errors
/// [`Error::Unauthenticated`] if nobody vouches for the request, [`Error::InvalidToken`] if its token
/// is not good, [`Error::ForeignOrigin`] if a cookie comes with what another site's page would change.
pub fn identify(request: &Request) -> Result<Caller> {
    if let Some(given) = request.header("authorization") {
        return bearer::identify(request, given);
    }
    let by_cookie = match session::identify(request) {
        Some(Ok(caller)) => return Ok(caller),
        Some(Err(error)) => error,
        None => Error::Unauthenticated,
    };
    let Some(given) = request.header(LOCAL_HEADER) else {
        return Err(by_cookie);
    };
    // A cookie may be left from another Spindle on this machine: browsers don't tell ports apart.
    let secret = variables::get("local_secret")?;
    if secret.is_empty() || !equal(given, secret.as_bytes()) {
        return Err(by_cookie);
    }
    Ok(Caller { user: User::DEMO, scopes: Scopes::of_person(false), by: By::LocalMode })
}

/// Compares in a time that tells the length and nothing else.
fn equal(left: &[u8], right: &[u8]) -> bool {
    let difference = left.iter().zip(right).fold(0, |all, (a, b)| black_box(all | (a ^ b)));
    left.len() == right.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::request;

    #[test]
    fn only_equal_secrets_are_equal() {
        assert!(equal(b"secret", b"secret"));
        for other in [&b""[..], b"secre", b"secrets", b"Secret", b"secreT"] {
            assert!(!equal(other, b"secret"));
        }
    }

    #[test]
    fn a_caller_may_do_what_their_scopes_say() {
        let scopes = [Scope::TasksRead].into_iter().collect();
        let token = Caller { user: User::DEMO, scopes, by: By::AccessToken };
        assert_eq!(token.may(Scope::TasksRead).unwrap(), User::DEMO);
        assert!(matches!(token.may(Scope::Chat), Err(Error::InsufficientScope(Scope::Chat))));
        assert!(matches!(token.person(), Err(Error::OnlyPeople)));
        assert_eq!(Caller { by: By::LogIn, ..token }.person().unwrap(), User::DEMO);
    }

    #[test]
    fn without_credentials_nobody_asks() {
        let anonymous = request("GET /", &[], "");
        assert!(matches!(identify(&anonymous), Err(Error::Unauthenticated)));
        for given in ["", "Bearer", "Basic dXNlcjpwYXNz", "Bearer a b", "Bearer \u{e9}"] {
            let request = request("GET /", &[("authorization", given)], "");
            assert!(matches!(identify(&request), Err(Error::Unauthenticated)), "{given}");
        }
    }
}
