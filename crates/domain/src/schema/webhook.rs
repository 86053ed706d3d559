use serde_json::{Value, json};

use super::{describe, document, nullable, one_of};
use crate::webhook::{MOST_URL, NEW, PATCH, TYPES};
use crate::{NewWebhook, WebhookPatch};

describe! {
    NewWebhook: "NewWebhook" = |_| document(&NEW, &["url"], field);
    WebhookPatch: "WebhookPatch" = |_| document(&PATCH, &[], |name| match name {
        "url" => nullable(url()),
        name => field(name),
    });
}

fn field(name: &str) -> Value {
    match name {
        "url" => url(),
        "event_types" => {
            json!({ "type": ["array", "null"], "minItems": 1, "items": one_of(TYPES) })
        }
        "active" => json!({ "type": ["boolean", "null"] }),
        _ => json!({}),
    }
}

fn url() -> Value {
    json!({ "type": "string", "format": "http-address", "minLength": 8, "maxLength": MOST_URL })
}
