use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::fields::Fields;
use crate::{Error, Time};

/// An address that a user's events are posted to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct Webhook {
    pub id: Uuid,
    pub url: String,
    /// Which events it is told of; null: all.
    pub event_types: Option<Vec<String>>,
    pub active: bool,
    /// Why we made it inactive: `gone` (it said so), or `unreachable` for days.
    pub inactive_because: Option<String>,
    /// Attempts that failed since the last one that succeeded.
    pub failures: u32,
    pub failing_since: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// `POST /api/webhooks`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the document")]
pub struct NewWebhook {
    pub url: String,
    pub event_types: Option<Vec<String>>,
}

/// `PATCH /api/webhooks/:id`: what stands in it changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of the document")]
pub struct WebhookPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Null: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_types: Option<Option<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

const URL: (&str, &str) = (
    "url",
    "an http:// or https:// address of at most 2000 visible ASCII characters, without user, password and fragment",
);
const EVENT_TYPES: (&str, &str) = (
    "event_types",
    "null, or a list of some of task.created, task.updated, task.completed, task.reopened, task.deleted and task.purged",
);

pub(crate) const NEW: [(&str, &str); 2] = [URL, EVENT_TYPES];
pub(crate) const PATCH: [(&str, &str); 3] = [URL, EVENT_TYPES, ("active", "true or false")];

/// What a webhook can be told of.
pub(crate) const TYPES: [&str; 6] = [
    "task.created",
    "task.updated",
    "task.completed",
    "task.reopened",
    "task.deleted",
    "task.purged",
];
/// How many characters an address may have.
pub(crate) const MOST_URL: usize = 2000;

impl NewWebhook {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &NEW, "a field of a webhook")?;
        let webhook = Self {
            url: fields.required("url", url),
            event_types: fields.optional("event_types", event_types),
        };
        fields.finish(webhook)
    }
}

impl WebhookPatch {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is unknown or wrong.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &PATCH, "a field of a webhook that can be changed")?;
        let patch = Self {
            url: fields.optional("url", url),
            event_types: fields.clearable("event_types", event_types),
            active: fields.optional("active", |value| value.as_bool()),
        };
        fields.finish(patch)
    }
}

fn url(value: Value) -> Option<String> {
    let url = value.as_str()?;
    (url.len() <= MOST_URL && is_address(url)).then(|| url.to_owned())
}

/// Whether somebody answers there, only asking tells; what is no address of HTTP can be told before.
pub(crate) fn is_address(url: &str) -> bool {
    let visible = url.bytes().all(|byte| byte.is_ascii_graphic());
    let parts: Option<http::Uri> = url.parse().ok().filter(|_| visible && !url.contains('#'));
    let Some(parts) = parts else { return false };
    let Some(authority) = parts.authority() else { return false };
    let is_http = matches!(parts.scheme_str(), Some("http" | "https"));
    let has_host = !authority.host().is_empty() && !authority.as_str().contains('@');
    // `http` takes any number after the colon.
    let has_port =
        authority.as_str() == authority.host() || authority.port_u16().is_some_and(|port| port > 0);
    is_http && has_host && has_port
}

fn event_types(value: Value) -> Option<Vec<String>> {
    let names = value.as_array().filter(|names| !names.is_empty())?;
    let mut types = Vec::new();
    for name in names {
        let name = name.as_str().filter(|name| TYPES.contains(name))?;
        if !types.iter().any(|known| known == name) {
            types.push(name.to_owned());
        }
    }
    Some(types)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_one_of_http() {
        for good in [
            "https://example.com",
            "http://example.com:8080/hook?key=1&b=%20",
            "https://[2001:db8::1]:443/",
            "http://127.0.0.1/",
        ] {
            let webhook = NewWebhook::parse(json!({ "url": good })).unwrap();
            assert_eq!((webhook.url.as_str(), webhook.event_types), (good, None));
        }
        let long = format!("https://example.com/{}", "x".repeat(2000));
        for wrong in [
            "",
            "/hook",
            "example.com",
            "ftp://example.com/",
            "https://",
            "https:///hook",
            "https://:443/",
            "https://user:secret@example.com/",
            "https://user@example.com/",
            "https://example.com/#part",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://exa mple.com/",
            "https://example.com/ä",
            "https://example.com/\n",
            &long,
        ] {
            assert!(NewWebhook::parse(json!({ "url": wrong })).is_err(), "{wrong}");
        }
    }

    #[test]
    fn events_are_chosen_by_their_types() {
        let parse = |types: Value| {
            NewWebhook::parse(json!({ "url": "http://a", "event_types": types }))
                .map(|webhook| webhook.event_types)
        };
        assert_eq!(parse(Value::Null), Ok(None));
        let chosen = parse(json!(["task.created", "task.deleted", "task.created"])).unwrap();
        assert_eq!(chosen.unwrap(), ["task.created", "task.deleted"]);
        for wrong in [json!([]), json!(["task.eaten"]), json!("task.created"), json!([1])] {
            assert!(parse(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_patch_has_what_changes() {
        let patch = WebhookPatch::parse(json!({ "event_types": null, "active": true })).unwrap();
        let expected = json!({ "event_types": null, "active": true });
        assert_eq!(serde_json::to_value(patch).unwrap(), expected);
        let patch = WebhookPatch::parse(json!({})).unwrap();
        assert_eq!(serde_json::to_value(patch).unwrap(), json!({}));
        for wrong in [json!({ "url": "x" }), json!({ "active": 1 }), json!({ "secret": "x" })] {
            assert!(WebhookPatch::parse(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
