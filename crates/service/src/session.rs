//! A browser's session: a cookie that no script can read, and that counts for what this service's own pages ask.

use std::iter::once;

use identity::{Secret, SecretKind, TokenError};
use spin_sdk::http::{Method, Response};

use domain::{Scopes, User};

use crate::authenticate::{By, is_meant};
use crate::origin::is_from_own_page;
use crate::{Caller, Error, Request, Result, bearer};

/// Over TLS: a browser takes it of this host alone, and for all paths (RFC 6265bis, section 4.1.3.2). So no other host of
/// our domain can plant one before ours.
const SECURE_COOKIE: &str = "__Host-spindle_session";
/// In plain HTTP, where browsers refuse such a name. What is planted by it counts where there is no other.
const PLAIN_COOKIE: &str = "spindle_session";
/// The one that counts first.
const COOKIES: [&str; 2] = [SECURE_COOKIE, PLAIN_COOKIE];
const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Who asks, if a session's cookie comes with the request; and where the session `goes_on` for it, once a day the value of
/// `set-cookie` with which the cookie does, too.
///
/// `SameSite=Lax` keeps it from most of what other sites' pages ask for; whatever changes something has to come from one of
/// our own pages besides.
///
/// # Errors
/// [`Error::LogInsOff`], [`Error::ForeignOrigin`], [`Error::InvalidToken`] if the session has ended, or is somebody else's
/// than the page that asks.
pub(crate) fn identify(
    request: &Request,
    goes_on: bool,
) -> Option<Result<(Caller, Option<String>)>> {
    let (name, session) = cookies(request).next()?;
    Some(caller(request, name, &session, goes_on))
}

fn caller(
    request: &Request,
    name: &str,
    session: &Secret,
    goes_on: bool,
) -> Result<(Caller, Option<String>)> {
    bearer::require_log_ins()?;
    if request.method != Method::Get {
        require_own_page(request)?;
    }
    let found = store::sessions::used(&session.hash(), goes_on)?.ok_or(TokenError::Unknown)?;
    let user = User { id: found.user_id };
    if !is_meant(request, user) {
        return Err(TokenError::Unknown.into());
    }
    let renewed = found.seconds.map(|seconds| cookie(name, session.expose(), seconds));
    Ok((Caller { user, scopes: Scopes::of_person(found.is_admin), by: By::LogIn }, renewed))
}

/// The sessions that come with the request, whether they go on or not; the first is the one that counts.
pub fn sessions_of(request: &Request) -> impl Iterator<Item = Secret> {
    cookies(request).map(|(_, session)| session)
}

/// Of each name the first that can be a session: one that somebody has planted is to lock nobody out.
fn cookies(request: &Request) -> impl Iterator<Item = (&'static str, Secret)> {
    COOKIES.into_iter().filter_map(move |name| {
        let session = |value: &str| Secret::parse(SecretKind::Session, value);
        values(request, name).iter().find_map(|value| session(value)).map(|it| (name, it))
    })
}

fn values(request: &Request, wanted: &str) -> Vec<String> {
    let cookies = String::from_utf8_lossy(request.header("cookie").unwrap_or_default());
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned()).collect()
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

/// The answer to a log-in: 204, and the cookie. One of the other name goes, which may count before it.
pub fn begin_session(request: &Request, session: &Secret, days: i32) -> Response {
    // Where a proxy ends TLS, only the browser knows of it.
    let is_secure = request.header("origin").is_some_and(|it| it.starts_with(b"https://"));
    let name = if is_secure { SECURE_COOKIE } else { PLAIN_COOKIE };
    let set = cookie(name, session.expose(), i64::from(days) * SECONDS_A_DAY);
    let others = cleared(request).filter(|(other, _)| *other != name);
    with_cookies(once(set).chain(others.map(|(_, cookie)| cookie)))
}

/// The answer to whoever logs out: 204, and the cookie goes.
pub fn end_session(request: &Request) -> Response {
    with_cookies(cleared(request).map(|(_, cookie)| cookie))
}

/// What takes the cookies away that come with the request, whatever stands in them.
fn cleared(request: &Request) -> impl Iterator<Item = (&'static str, String)> {
    let there = COOKIES.into_iter().filter(|name| !values(request, name).is_empty());
    there.map(|name| (name, cookie(name, "", 0)))
}

fn cookie(name: &str, value: &str, seconds: i64) -> String {
    let secure = if name == SECURE_COOKIE { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// The SDK's response has one header of a name, and takes the same name in other letters for another.
fn with_cookies(cookies: impl Iterator<Item = String>) -> Response {
    let mut response = Response::new(204, ());
    for (name, cookie) in ["set-cookie", "Set-Cookie"].into_iter().zip(cookies) {
        response.set_header(name, cookie);
    }
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

    fn with_cookie(cookies: &str) -> Request {
        request("GET /", &[("cookie", cookies)], "")
    }

    fn set_cookies(response: &Response) -> Vec<String> {
        let cookies =
            response.headers().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let mut cookies: Vec<_> =
            cookies.map(|(_, value)| value.as_str().unwrap().to_owned()).collect();
        cookies.sort();
        cookies
    }

    #[test]
    fn a_session_is_found_among_other_cookies() {
        let session = Secret::new(SecretKind::Session).unwrap();
        let text = session.expose();
        for cookies in [
            format!("a=b; spindle_session={text}; c"),
            format!("__Host-spindle_session={text}"),
            format!("spindle_session=planted; spindle_session={text}"),
        ] {
            assert_eq!(sessions_of(&with_cookie(&cookies)).next().unwrap(), session, "{cookies}");
        }
        for other in ["", "spindle_session=", "spindle_session=x", "other=spindle_session"] {
            assert_eq!(sessions_of(&with_cookie(other)).next(), None, "{other}");
        }
    }

    #[test]
    fn a_cookie_that_nobody_else_can_plant_counts_first() {
        let [ours, planted] = [(); 2].map(|()| Secret::new(SecretKind::Session).unwrap());
        let (mine, other) = (ours.expose(), planted.expose());
        let request =
            with_cookie(&format!("spindle_session={other}; __Host-spindle_session={mine}"));
        assert_eq!(sessions_of(&request).collect::<Vec<_>>(), [ours, planted]);
    }

    #[test]
    fn a_cookie_is_for_us_alone_and_over_tls_for_tls() {
        let session = Secret::new(SecretKind::Session).unwrap();
        let begun = |origin: &str, cookies: &str| {
            let headers = [("origin", origin), ("cookie", cookies)];
            set_cookies(&begin_session(&request("POST /", &headers, ""), &session, 30))
        };
        let rest = format!(
            "spindle_session={}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax",
            session.expose()
        );
        assert_eq!(begun("http://localhost:8777", "a=b"), [&*rest]);
        let secure = format!("__Host-{rest}; Secure");
        assert_eq!(begun("https://spindle.example", ""), [&*secure]);
        let gone = "spindle_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
        assert_eq!(begun("https://spindle.example", "spindle_session=x"), [&*secure, gone]);
    }

    #[test]
    fn whoever_logs_out_has_no_cookie_left() {
        let gone = "spindle_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
        let secure = format!("__Host-{gone}; Secure");
        for (cookies, expected) in [
            ("a=b", &[][..]),
            ("spindle_session=x", &[gone]),
            ("__Host-spindle_session=x", &[&secure]),
            ("spindle_session=x; __Host-spindle_session=y", &[&secure, gone]),
        ] {
            assert_eq!(set_cookies(&end_session(&with_cookie(cookies))), expected, "{cookies}");
        }
    }
}
