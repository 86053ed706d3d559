use serde_json::Value;

use crate::account::LANGUAGES;
use crate::error::Errors;
use crate::task_fields::{is_text, timezone};
use crate::{Error, FieldError};

/// What somebody says: the document of `POST /chat/command`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatCommand {
    /// 1 to 2,000 characters.
    pub user_input: String,
    /// What the caller names the conversation, 1 to 500 characters; without one it is a new one.
    pub conversation_id: Option<String>,
    /// IANA's name of the time zone in which the author speaks of times.
    pub timezone: Option<String>,
    /// `en` or `ur`, for sentences that don't show theirs.
    pub language: Option<String>,
}

/// What each field may be: "`user_input` must be …".
pub(crate) const FIELDS: [(&str, &str); 4] = [
    ("user_input", "1 to 2,000 characters, none of them U+0000"),
    ("conversation_id", "1 to 500 characters, none of them U+0000, or null"),
    ("timezone", "a name of IANA's time zones such as Europe/Madrid, or null"),
    ("language", "en, ur or null"),
];

/// How many characters a sentence may have.
pub(crate) const MOST_INPUT: usize = 2000;
/// How many characters the caller's name of a conversation may have.
pub(crate) const MOST_NAME: usize = 500;

impl ChatCommand {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let Value::Object(document) = document else {
            return Err(Error::NotAnObject);
        };
        let (mut user_input, mut conversation_id) = (None, None);
        let (mut zone, mut language) = (None, None);
        let mut errors = Errors::default();
        let wrong = |field: &str| FieldError::among(&FIELDS, field, "a field of a chat command");
        let is_without_input = !document.contains_key("user_input");
        for (field, value) in document {
            let wrong = || wrong(&field);
            match (field.as_str(), value) {
                ("conversation_id" | "timezone" | "language", Value::Null) => {}
                ("user_input", value) => user_input = errors.keep(text(value, MOST_INPUT), wrong),
                ("conversation_id", value) => {
                    conversation_id = errors.keep(text(value, MOST_NAME), wrong)
                }
                ("timezone", value) => zone = errors.keep(timezone(value), wrong),
                ("language", Value::String(name)) if LANGUAGES.contains(&name.as_str()) => {
                    language = Some(name);
                }
                _ => errors.push(wrong()),
            }
        }
        if is_without_input {
            errors.push(wrong("user_input"));
        }
        let user_input = user_input.unwrap_or_default();
        errors.finish(Self { user_input, conversation_id, timezone: zone, language })
    }
}

fn text(value: Value, most: usize) -> Option<String> {
    let text = value.as_str()?.trim();
    is_text(text, 1, most).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sentence_is_enough() {
        let command = ChatCommand::parse(json!({"user_input": " buy milk \n"})).unwrap();
        assert_eq!(command.user_input, "buy milk");
        assert_eq!(
            (command.conversation_id, command.timezone, command.language),
            (None, None, None)
        );
    }

    #[test]
    fn every_field_can_be_given() {
        let command = ChatCommand::parse(json!({
            "user_input": "د".repeat(2000), "conversation_id": "test-1",
            "timezone": "Asia/Karachi", "language": "ur",
        }))
        .unwrap();
        assert_eq!(command.conversation_id.as_deref(), Some("test-1"));
        assert_eq!(command.timezone.as_deref(), Some("Asia/Karachi"));
        assert_eq!(command.language.as_deref(), Some("ur"));
    }

    #[test]
    fn wrong_fields_are_named_with_what_they_may_be() {
        let input = "user_input must be 1 to 2,000 characters, none of them U+0000";
        for (document, expected) in [
            (json!({}), input),
            (json!({"user_input": null}), input),
            (json!({"user_input": "  "}), input),
            (json!({"user_input": "x".repeat(2001)}), input),
            (json!({"user_input": "a\u{0}"}), input),
            (
                json!({"user_input": "x", "conversation_id": ""}),
                "conversation_id must be 1 to 500 characters, none of them U+0000, or null",
            ),
            (
                json!({"user_input": "x", "timezone": "Foo5"}),
                "timezone must be a name of IANA's time zones such as Europe/Madrid, or null",
            ),
            (json!({"user_input": "x", "language": "fr"}), "language must be en, ur or null"),
            (
                json!({"user_inptu": "x", "user_input": "x"}),
                "user_inptu is not a field of a chat command; did you mean user_input?",
            ),
            (
                json!({"user_id": "x", "user_input": "x"}),
                "user_id is not a field of a chat command",
            ),
        ] {
            let shown = document.to_string();
            let error = ChatCommand::parse(document).unwrap_err();
            assert_eq!(error.to_string(), expected, "{shown:.80}");
        }
        assert_eq!(ChatCommand::parse(json!([])), Err(Error::NotAnObject));
    }
}
