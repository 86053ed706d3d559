//! What ntfy publishes (docs.ntfy.sh/publish).

use base64ct::{Base64, Encoding as _};
use percent_encoding::percent_decode_str;

use crate::request::{address, link};
use crate::text::header_value;
use crate::{Error, Notice, Request, words};

/// A message to `https://host/topic`; `user:password@` or an access token (`tk_…@`) may stand before the host, as Apprise has
/// it.
pub fn publish(notice: &Notice, url: &str) -> Result<Request, Error> {
    let (scheme, rest) = url.split_once("://").ok_or(Error::Address)?;
    let (authority, topic) = rest.split_once('/').ok_or(Error::Topic)?;
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let topic = topic.trim_end_matches('/');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !(1..=64).contains(&topic.len()) || !topic.bytes().all(is_plain) {
        return Err(Error::Topic);
    }
    let url = format!("{scheme}://{host}/{topic}");
    address(&url).ok_or(Error::Address)?;
    let summary = words::summary(notice).into_bytes();
    let mut request = Request::new(url, "text/plain; charset=utf-8", summary)
        .with("title", header_value(&words::title(notice)))
        .with("priority", "high")
        .with("tags", "alarm_clock")
        // From ntfy 2.16 on, a second message of this id takes the place of the first.
        .with("x-sequence-id", notice.delivery_id.to_string());
    if let Some(url) = link(notice.link.as_ref()) {
        request = request.with("click", url);
    }
    Ok(match user.map(authorization) {
        Some(value) => request.with("authorization", value.ok_or(Error::Address)?),
        None => request,
    })
}

fn authorization(user: &str) -> Option<String> {
    let user = percent_decode_str(user).decode_utf8().ok()?;
    let is_token = user.starts_with("tk_")
        && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    Some(match is_token {
        true => format!("Bearer {user}"),
        false => format!("Basic {}", Base64::encode_string(user.as_bytes())),
    })
}
