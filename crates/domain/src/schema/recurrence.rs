use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

use super::{describe, nullable, one_of};

describe! {
    RecurrenceRule: "RecurrenceRule" = |_| rule();
}

/// What a client may write of a recurrence.
pub struct RecurrenceRule;

const PATTERNS: [&str; 5] = ["daily", "weekdays", "weekly", "monthly", "yearly"];

/// What `recurrence::Rule` reads: a pattern that ends after so many times, one that ends on a day or never, or RFC 5545's.
/// What is not of a form may be there as null.
fn rule() -> Schema {
    let pattern = || ("pattern", one_of(PATTERNS));
    let number = |most: u32| json!({ "type": "integer", "minimum": 1, "maximum": most });
    let interval = || ("interval", nullable(number(9999)));
    let end = json!({ "type": "string", "format": "recurrence-end" });
    let rrule = json!({ "type": "string", "format": "rrule", "maxLength": 2000 });
    json_schema!({ "oneOf": [
        form("pattern", [pattern(), interval(), ("count", nullable(number(u32::MAX)))]),
        form("until", [pattern(), interval(), ("until", end)]),
        form("rrule", [("rrule", rrule)]),
    ]})
}

/// One that has the field `required`, and the pattern where it may have one.
fn form<const N: usize>(required: &str, fields: [(&str, Value); N]) -> Value {
    let mut properties: Map<String, Value> = ["pattern", "interval", "count", "until", "rrule"]
        .map(|name| (name.to_owned(), json!({ "type": "null" })))
        .into_iter()
        .collect();
    let mut needed = vec![required];
    for (name, schema) in fields {
        properties.insert(name.to_owned(), schema);
        if name == "pattern" && required != name {
            needed.push(name);
        }
    }
    let exceptions = json!({ "type": ["array", "null"], "items": { "anyOf": [
        { "type": "string", "format": "date" },
        { "type": "string", "format": "local-date-time" },
    ]}});
    properties.insert("after_completion".to_owned(), json!({ "type": ["boolean", "null"] }));
    properties.insert("exceptions".to_owned(), exceptions);
    json!({
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": false,
    })
}
