use std::hint::black_box;

use domain::{Scope, Scopes, User};
use spin_sdk::variables;
use uuid::Uuid;

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
/// is not good, [`Error::ForeignOrigin`] if a cookie comes with what another site's page would change, and
/// [`Error::LogInsOff`] if one comes where nobody logs in any more.
pub fn identify(request: &Request) -> Result<Caller> {
    look(request, false).map(|(caller, _)| caller)
}

/// As [`identify`], for what a person looks at: their browser's session goes on for it. Once a day there is a value of
/// `set-cookie` to answer with, so that the browser keeps the cookie as long as we do the session.
///
/// # Errors
/// As [`identify`].
pub fn identify_and_renew(request: &Request) -> Result<(Caller, Option<String>)> {
    look(request, true)
}

fn look(request: &Request, goes_on: bool) -> Result<(Caller, Option<String>)> {
    if let Some(given) = request.header("authorization") {
        return bearer::identify(request, given).map(|caller| (caller, None));
    }
    let by_cookie = match session::identify(request, goes_on) {
        Some(Ok(found)) => return Ok(found),
        Some(Err(error)) => error,
        None => Error::Unauthenticated,
    };
    let Some(given) = request.header(LOCAL_HEADER) else {
        return Err(by_cookie);
    };
    // A cookie may be left from another Spindle on this machine: browsers don't tell ports apart.
    let secret = variables::get("local_secret")?;
    let is_ours = !secret.is_empty() && equal(given, secret.as_bytes());
    if !is_ours || !is_meant(request, User::DEMO) {
        return Err(by_cookie);
    }
    Ok((Caller { user: User::DEMO, scopes: Scopes::of_person(false), by: By::LocalMode }, None))
}

/// Whether a page asks that shows this user's, if it says whose it shows: somebody else may have logged in since, in another
/// tab of the same browser.
pub(crate) fn is_meant(request: &Request, user: User) -> bool {
    let named = |it: &[u8]| Uuid::try_parse_ascii(it).is_ok_and(|id| id == user.id);
    request.header("spindle-user").is_none_or(named)
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
    fn a_page_of_somebody_else_is_not_meant() {
        let check = |headers: &[(&str, &str)]| is_meant(&request("GET /", headers, ""), User::DEMO);
        let (demo, other) = (User::DEMO.id.to_string(), Uuid::max().to_string());
        assert!(check(&[]));
        assert!(check(&[("Spindle-User", &demo)]));
        for somebody in [&other, "", "demo"] {
            assert!(!check(&[("spindle-user", somebody)]), "{somebody}");
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
