use serde_json::json;

use super::{describe, document, nullable, one_of, timezone, visible_text};
use crate::ChatCommand;
use crate::account::LANGUAGES;
use crate::chat_command::{FIELDS, MOST_INPUT, MOST_NAME};

describe! {
    ChatCommand: "ChatCommand" = |_| document(&FIELDS, &["user_input"], |name| match name {
        "user_input" => visible_text(MOST_INPUT),
        "conversation_id" => nullable(visible_text(MOST_NAME)),
        "timezone" => nullable(timezone()),
        "language" => nullable(one_of(LANGUAGES)),
        _ => json!({}),
    });
}
