//! What documents and queries look like, as JSON Schema, for the API's description: of names from the tables that the
//! parsers read by, and limits from their constants.
//!
//! A schema can't say everything that a parser checks. What it says is what it refuses as well; the rest (whether a
//! time zone exists, how large an object is, what a filter's grammar is) stands in the description.

mod account;
mod chat;
mod query;
mod recurrence;
mod reminder;
mod task;
mod tool;
mod webhook;

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

pub use account::Refresh;
pub use query::Parameter;

/// A document of a client: its fields by name with what they may be, and what each is.
fn document(
    fields: &[(&'static str, &'static str)],
    required: &[&str],
    schema: impl Fn(&str) -> Value,
) -> Schema {
    let property = |&(name, expected): &(&str, &str)| {
        let mut schema = schema(name);
        schema["description"] = json!(format!("{name} must be {expected}."));
        (name.to_owned(), schema)
    };
    let mut document = json_schema!({
        "type": "object",
        "properties": fields.iter().map(property).collect::<Map<_, _>>(),
        "additionalProperties": false,
    });
    if !required.is_empty() {
        document.insert("required".to_owned(), json!(required));
    }
    document
}

/// The same, or null.
fn nullable(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    if let Some(Value::Array(names)) = schema.get_mut("enum") {
        names.push(Value::Null);
    }
    schema
}

/// A text of so many characters, without U+0000.
fn text(least: usize, most: usize) -> Value {
    json!({ "type": "string", "minLength": least, "maxLength": most, "pattern": "^[^\\u0000]*$" })
}

/// A text with something to read in it, whose white space around it is taken away.
fn visible_text(most: usize) -> Value {
    let mut schema = text(1, most);
    schema["pattern"] = json!("^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$");
    schema
}

/// One of these.
fn one_of(names: impl IntoIterator<Item = &'static str>) -> Value {
    json!({ "type": "string", "enum": names.into_iter().collect::<Vec<_>>() })
}

/// A name of IANA's database.
fn timezone() -> Value {
    json!({ "type": "string", "maxLength": crate::task_fields::MOST_TIMEZONE, "format": "time-zone" })
}

/// An input type's schema, under a name.
macro_rules! describe {
    ($($type:ty: $name:literal = $schema:expr;)*) => {$(
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(of: &mut schemars::SchemaGenerator) -> schemars::Schema {
                ($schema)(of)
            }
        }
    )*};
}
use describe;

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    /// The schemas of all fields, which no table may have forgotten.
    fn check<T: JsonSchema>() {
        let schema = schemars::schema_for!(T);
        let fields = schema.get("properties").and_then(Value::as_object).unwrap();
        for (name, field) in fields {
            assert!(field.as_object().unwrap().len() > 1, "{}: {name}", T::schema_name());
        }
    }

    #[test]
    fn every_field_of_a_document_has_a_schema() {
        check::<crate::NewTask>();
        check::<crate::TaskPatch>();
        check::<crate::TaskBatch>();
        check::<crate::ChatCommand>();
        check::<crate::QuickAdd>();
        check::<crate::NewUser>();
        check::<crate::LogIn>();
        check::<crate::UserPatch>();
        check::<crate::NewAccessToken>();
        check::<Refresh>();
        check::<crate::NewReminder>();
        check::<crate::Snooze>();
        check::<crate::NewPushSubscription>();
    }

    #[test]
    fn every_parameter_of_a_query_has_a_schema() {
        for parameters in [
            crate::Page::parameters(),
            crate::TaskQuery::parameters(),
            crate::AuditQuery::parameters(),
            crate::ChangeQuery::parameters(),
            crate::DeleteQuery::parameters(),
            crate::ReminderQuery::parameters(),
            crate::OccurrenceQuery::parameters(),
            crate::PatchQuery::parameters(),
        ] {
            for parameter in parameters {
                assert!(parameter.schema.is_object(), "{}", parameter.name);
            }
        }
    }
}
