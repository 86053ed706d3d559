//! A browser's session: a cookie that no script can read, and that counts for what this service's own pages ask.

use identity::{Secret, SecretKind, TokenError};
use spin_sdk::http::{Method, Response};

use domain::{Scopes, User};

use crate::authenticate::By;
use crate::origin::is_from_own_page;
use crate::{Caller, Error, Request, Result};

const COOKIE: &str = "spindle_session";
const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Who asks, if a session's cookie comes with the request.
///
/// `SameSite=Lax` keeps it from most of what other sites' pages ask for; whatever changes something has to come from one of
/// our own pages besides.
///
/// # Errors
/// [`Error::ForeignOrigin`], [`Error::InvalidToken`] if the session has ended.
pub(crate) fn identify(request: &Request) -> Option<Result<Caller>> {
    let session = session_of(request)?;
    Some(caller(request, &session))
}

fn caller(request: &Request, session: &Secret) -> Result<Caller> {
    if request.method != Method::Get {
        require_own_page(request)?;
    }
    let found = store::sessions::used(&session.hash())?.ok_or(TokenError::Unknown)?;
    let scopes = Scopes::of_person(found.is_admin);
    Ok(Caller { user: User { id: found.user_id }, scopes, by: By::LogIn })
}

/// The session that comes with the request, whether it goes on or not.
pub fn session_of(request: &Request) -> Option<Secret> {
    let cookies = request.header("cookie").and_then(|it| str::from_utf8(it).ok())?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| Secret::parse(SecretKind::Session, value))
}

/// Whether a page of this service asks, and no other's: as the browser says, which a page can't change (W3C Fetch Metadata,
/// section 2.2; RFC 6454, section 7).
///
/// # Errors
/// [`Error::ForeignOrigin`] otherwise.
pub fn require_own_page(request: &Request) -> Result<()> {
    let is_own = match request.header("sec-fetch-site") {
        Some(site) => site == b"same-origin",
        // A browser that doesn't say it says at least the origin of what changes something.
        None => request.header("origin").is_some() && is_from_own_page(request, ""),
    };
    if is_own { Ok(()) } else { Err(Error::ForeignOrigin) }
}

/// The answer to a log-in: 204, and the cookie.
pub fn begin_session(request: &Request, session: &Secret, days: i32) -> Response {
    set_cookie(request, session.expose(), i64::from(days) * SECONDS_A_DAY)
}

/// The answer to whoever logs out: 204, and the cookie goes.
pub fn end_session(request: &Request) -> Response {
    set_cookie(request, "", 0)
}

/// Over TLS, which only the browser knows where a proxy ends it, the cookie never goes out without.
fn set_cookie(request: &Request, value: &str, seconds: i64) -> Response {
    let is_secure = request.header("origin").is_some_and(|it| it.starts_with(b"https://"));
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut response = Response::new(204, ());
    response.set_header("set-cookie", cookie);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::request;

    #[test]
    fn only_our_own_pages_change_something() {
        let host = ("host", "spindle.example:8777");
        for (headers, is_own) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "http://spindle.example:8777")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "http://spindle.example:8777")], true),
            (&[("origin", "https://spindle.example:8777")], true),
            (&[("origin", "http://spindle.example")], false),
            (&[("origin", "http://evil.example")], false),
            (&[("origin", "null")], false),
            (&[], false),
        ] {
            let headers: Vec<_> = headers.iter().copied().chain([host]).collect();
            let answer = require_own_page(&request("POST /", &headers, ""));
            assert_eq!(answer.is_ok(), is_own, "{headers:?}");
        }
    }

    #[test]
    fn a_session_is_found_among_other_cookies() {
        let session = Secret::new(SecretKind::Session).unwrap();
        let cookies = format!("a=b; spindle_session={}; c", session.expose());
        let found = session_of(&request("GET /", &[("cookie", &cookies)], ""));
        assert_eq!(found, Some(session));
        for other in ["", "spindle_session=", "spindle_session=x", "other=spindle_session"] {
            assert_eq!(session_of(&request("GET /", &[("cookie", other)], "")), None, "{other}");
        }
    }

    #[test]
    fn a_cookie_is_for_us_alone_and_over_tls_for_tls() {
        let session = Secret::new(SecretKind::Session).unwrap();
        let cookie = |origin: &str| {
            let response =
                begin_session(&request("POST /", &[("origin", origin)], ""), &session, 30);
            response.header("set-cookie").and_then(|it| it.as_str()).map(str::to_owned).unwrap()
        };
        let text = session.expose();
        let plain =
            format!("spindle_session={text}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
        assert_eq!(cookie("http://localhost:8777"), plain);
        assert_eq!(cookie("https://spindle.example"), format!("{plain}; Secure"));
        let gone = end_session(&request("DELETE /", &[], ""));
        let gone = gone.header("set-cookie").and_then(|it| it.as_str()).unwrap();
        assert!(gone.starts_with("spindle_session=; Path=/; Max-Age=0;"), "{gone}");
    }
}
