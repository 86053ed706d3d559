use serde_json::json;

use super::{describe, document, nullable, one_of, timezone, visible_text};
use crate::account::LANGUAGES;
use crate::chat_command::{FIELDS, MOST_INPUT, MOST_NAME};
use crate::quick_add::{FIELDS as LINE, MOST_IGNORED};
use crate::{ChatCommand, QuickAdd};

describe! {
    ChatCommand: "ChatCommand" = |_| document(&FIELDS, &["user_input"], |name| match name {
        "user_input" => visible_text(MOST_INPUT),
        "conversation_id" => nullable(visible_text(MOST_NAME)),
        "timezone" => nullable(timezone()),
        "language" => nullable(one_of(LANGUAGES)),
        _ => json!({}),
    });
    QuickAdd: "QuickAdd" = |_| document(&LINE, &["text"], |name| match name {
        "text" => visible_text(MOST_INPUT),
        "timezone" => nullable(timezone()),
        "language" => nullable(one_of(LANGUAGES)),
        "now" => json!({ "type": ["string", "null"], "format": "date-time" }),
        "ignore" => {
            let end = json!({ "type": "integer", "minimum": 0 });
            let piece = json!({ "type": "array", "items": end, "minItems": 2, "maxItems": 2 });
            json!({ "type": ["array", "null"], "items": piece, "maxItems": MOST_IGNORED })
        }
        _ => json!({}),
    });
}
