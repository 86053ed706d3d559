use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::fields::Fields;
use crate::webhook::{MOST_URL, is_address};
use crate::{Error, Time};

/// A browser that its user is told in, without the keys by which it is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct PushSubscription {
    pub id: Uuid,
    pub endpoint: String,
    pub created_at: Time,
}

/// `POST /api/push-subscriptions`: what `PushSubscription.toJSON()` gives (W3C Push API).
#[derive(Debug, Clone, PartialEq)]
pub struct NewPushSubscription {
    /// Where its push service takes messages.
    pub endpoint: String,
    /// Its public key, base64url of 65 bytes (RFC 8291, section 3.1).
    pub p256dh: String,
    /// Its secret, base64url of 16 bytes.
    pub auth: String,
}

pub(crate) const NEW: [(&str, &str); 3] = [
    ("endpoint", "an https:// or http:// address of at most 2000 visible ASCII characters"),
    ("keys", "an object of p256dh and auth, base64url of 65 and of 16 bytes"),
    ("expirationTime", "a number or null; it is not used"),
];

impl NewPushSubscription {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &NEW, "a field of a push subscription")?;
        let endpoint = fields.required("endpoint", |value| {
            let text = value.as_str()?;
            (text.len() <= MOST_URL && is_address(text)).then(|| text.to_owned())
        });
        fields.optional("expirationTime", |value| value.is_number().then_some(()));
        let (p256dh, auth) = fields.required("keys", keys);
        fields.finish(Self { endpoint, p256dh, auth })
    }
}

/// Whether the key is a point of the curve, `notify` finds when it encrypts.
fn keys(value: Value) -> Option<(String, String)> {
    let part = |name: &str, length: usize| {
        let text = value.get(name)?.as_str()?.trim_end_matches('=');
        let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
        (bytes.len() == length).then(|| text.to_owned())
    };
    Some((part("p256dh", 65)?, part("auth", 16)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_browsers_subscription_is_taken_as_it_gives_it() {
        // RFC 8291, section 5.
        let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let keys = json!({ "p256dh": p256dh, "auth": "BTBZMqHH6r4Tts7J_aSIgg" });
        let document =
            json!({ "endpoint": "https://push.example/a", "expirationTime": null, "keys": keys });
        let taken = NewPushSubscription::parse(document.clone()).unwrap();
        assert_eq!(
            (taken.p256dh.as_str(), taken.auth.as_str()),
            (p256dh, "BTBZMqHH6r4Tts7J_aSIgg")
        );
        for (name, wrong) in [
            ("endpoint", json!("push.example")),
            ("keys", json!({})),
            ("keys", json!({ "p256dh": p256dh, "auth": "BTBZ" })),
            ("expirationTime", json!("soon")),
            ("topic", json!("x")),
        ] {
            let mut document = document.clone();
            document[name] = wrong;
            assert!(NewPushSubscription::parse(document).is_err(), "{name}");
        }
    }
}
