use base64ct::{Base64UrlUnpadded, Encoding as _};
use identity::VapidKey;
use p256::{PublicKey, SecretKey};
use serde_json::json;

use crate::encrypt::encrypt;
use crate::request::address;
use crate::{Error, Notice, Request, words};

/// How long a push service is to keep what it can't hand over yet, in seconds.
const TIME_TO_LIVE: u64 = 24 * 60 * 60;
/// Messages are filled up to a multiple of so many bytes, so that their length tells little of them.
const STEP: usize = 512;

/// Where a browser gets messages, as its `PushSubscription` has it.
#[derive(Clone)]
pub struct Subscription {
    /// Whoever knows it can send to it, if they have the key that it was made for.
    pub endpoint: String,
    /// The browser's public key.
    pub p256dh: String,
    /// A secret of the browser.
    pub auth: String,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription(..)")
    }
}

/// What nobody may guess, new for each message.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the names are those of RFC 8291")]
pub struct Randomness {
    pub salt: [u8; 16],
    pub private_key: [u8; 32],
}

impl Randomness {
    /// Takes 48 random bytes.
    pub fn new(bytes: [u8; 48]) -> Self {
        let mut random = Self { salt: [0; 16], private_key: [0; 32] };
        let (salt, private_key) = bytes.split_at(16);
        random.salt.copy_from_slice(salt);
        random.private_key.copy_from_slice(private_key);
        random
    }
}

/// A message to a browser (Web Push: RFC 8030, 8291 and 8292). It is JSON: `title`, `body`, `lang`, `tag`, `task_id`,
/// `reminder_id`, `delivery_id`, and what is written on its buttons, `done` and `snooze`.
///
/// `subject` is whom the push service's operators may turn to; `now` is seconds since 1970. A second message of the same
/// reminder takes the place of a first one that the browser hasn't got yet.
///
/// # Errors
/// If the subscription is none, or the random bytes are no key, which one in four billion isn't.
pub fn push(
    notice: &Notice,
    subscription: &Subscription,
    key: &VapidKey,
    subject: &str,
    now: u64,
    randomness: Randomness,
) -> Result<Request, Error> {
    let origin = origin(&subscription.endpoint).ok_or(Error::Endpoint)?;
    let browser = bytes(&subscription.p256dh).filter(|point| point.len() == 65);
    let browser = browser.and_then(|point| PublicKey::from_sec1_bytes(&point).ok());
    let browser = browser.ok_or(Error::PublicKey)?;
    let auth = bytes(&subscription.auth).and_then(|auth| <[u8; 16]>::try_from(auth).ok());
    let auth = auth.ok_or(Error::AuthSecret)?;
    let own = SecretKey::from_slice(&randomness.private_key).map_err(|_| Error::Randomness)?;

    let text = message(notice);
    let length = text.len().next_multiple_of(STEP);
    let body = encrypt(&text, length, &browser, &auth, &randomness.salt, &own);
    let body = body.ok_or(Error::TooLong)?;
    let request = Request::new(subscription.endpoint.clone(), "application/octet-stream", body);
    Ok(request
        .with("content-encoding", "aes128gcm")
        .with("ttl", TIME_TO_LIVE.to_string())
        .with("urgency", "high")
        // 32 characters, as many as it may have.
        .with("topic", notice.reminder_id.simple().to_string())
        .with("authorization", key.authorization(&origin, subject, now)))
}

fn message(notice: &Notice) -> Vec<u8> {
    let message = json!({
        "title": words::title(notice),
        "body": words::summary(notice),
        "lang": notice.language.tag(),
        "tag": format!("reminder-{}", notice.reminder_id),
        "task_id": notice.task_id,
        "reminder_id": notice.reminder_id,
        "delivery_id": notice.delivery_id,
        "done": words::done(notice.language),
        "snooze": words::snooze(notice.language),
    });
    message.to_string().into_bytes()
}

/// Scheme, host and port of an address, as browsers write an origin.
fn origin(url: &str) -> Option<String> {
    let uri = address(url)?;
    let (scheme, host) = (uri.scheme_str()?, uri.host()?.to_ascii_lowercase());
    let usual = if scheme == "https" { 443 } else { 80 };
    Some(match uri.port_u16() {
        Some(port) if port != usual => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    })
}

/// Reads base64url, and base64 as some clients send it, padded or not.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
    Base64UrlUnpadded::decode_vec(&text).ok()
}
