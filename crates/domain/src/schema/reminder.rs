use serde_json::{Value, json};

use super::{describe, document, nullable, one_of};
use crate::push_subscription::NEW as SUBSCRIPTION;
use crate::reminder::{CONFIG, METHOD, MOST_DESTINATION, NEW, SNOOZE};
use crate::webhook::MOST_URL;
use crate::{DeliveryMethod, NewPushSubscription, NewReminder, Snooze};

describe! {
    NewReminder: "NewReminder" = |_| document(&NEW, &["task_id"], |name| match name {
        "task_id" => json!({ "type": "string", "format": "uuid" }),
        name => field(name),
    });
    Snooze: "Snooze" = |_| document(&SNOOZE, &[], |name| match name {
        "for" => lead(),
        _ => instant(),
    });
    NewPushSubscription: "NewPushSubscription" = |_| {
        document(&SUBSCRIPTION, &["endpoint", "keys"], |name| match name {
            "endpoint" => {
                json!({ "type": "string", "format": "http-address", "minLength": 8, "maxLength": MOST_URL })
            }
            "keys" => json!({
                "type": "object",
                "properties": {
                    "p256dh": { "type": "string", "pattern": "^[A-Za-z0-9_-]{86}[AEIMQUYcgkosw048]=?$" },
                    "auth": { "type": "string", "pattern": "^[A-Za-z0-9_-]{21}[AQgw](==)?$" },
                },
                "required": ["p256dh", "auth"],
            }),
            _ => json!({ "type": ["number", "null"] }),
        })
    };
}

/// The short form of a reminder, in a task.
pub(super) fn config() -> Value {
    let mut schema: Value = document(&CONFIG, &[], field).into();
    schema["type"] = json!(["object", "null"]);
    schema
}

/// The same where it goes to its user.
pub(super) fn config_to_user() -> Value {
    let mut schema: Value =
        document(&to_user(&CONFIG).collect::<Vec<_>>(), &[], field_to_user).into();
    schema["type"] = json!(["object", "null"]);
    schema["description"] = json!(
        "reminder_config must be null, or an object: a reminder to the user, by email or push."
    );
    schema
}

/// Fields of a reminder, without those that send it elsewhere than to its user.
pub(super) fn to_user(
    fields: &[(&'static str, &'static str)],
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let known = fields.iter().filter(|(name, _)| *name != "destination");
    known.map(|field| if *field == METHOD { (METHOD.0, "email or push") } else { *field })
}

/// What such a field looks like.
pub(super) fn field_to_user(name: &str) -> Value {
    match name {
        "delivery_method" => nullable(one_of(["email", "push"])),
        name => field(name),
    }
}

fn field(name: &str) -> Value {
    match name {
        "lead_time" => lead(),
        "delivery_method" => nullable(one_of(DeliveryMethod::ALL.map(DeliveryMethod::as_str))),
        "destination" => json!({
            "type": ["string", "null"], "format": "reminder-address", "minLength": 8, "maxLength": MOST_DESTINATION,
        }),
        _ => instant(),
    }
}

fn lead() -> Value {
    json!({ "type": ["string", "null"], "format": "lead-time" })
}

fn instant() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}
