mod email;
mod push;
mod webhook;

use serde_json::Value;
use uuid::Uuid;

use crate::{Due, Language, Notice, Request};

fn notice() -> Notice {
    Notice {
        reminder_id: Uuid::from_u128(1),
        task_id: Uuid::from_u128(3),
        delivery_id: Uuid::from_u128(2),
        title: "call mom".to_owned(),
        description: None,
        due: None,
        late: false,
        repeated: false,
        language: Language::English,
        link: None,
        unsubscribe: None,
    }
}

fn due(at: &str, all_day: bool) -> Option<Due> {
    Some(Due { at: at.parse().unwrap(), all_day, timezone: "Asia/Karachi".to_owned() })
}

/// A title that tries everything, and a description that does, too.
fn hostile() -> Notice {
    Notice {
        title: format!(
            "a\r\nBcc: victim@example.com\u{0}<script>alert('x')</script>{}",
            "\u{1F469}".repeat(500)
        ),
        description: Some("\"&<img src=x onerror=y>\u{1}\u{202e}".repeat(400)),
        due: Some(Due {
            timezone: "\r\n".repeat(50) + &"Z".repeat(9999),
            ..due("2026-11-27T17:00:00", false).unwrap()
        }),
        late: true,
        repeated: true,
        language: Language::Urdu,
        link: Some("https://example.com/x\r\ny: z".to_owned()),
        unsubscribe: Some("https://example.com/>, <https://evil.example".to_owned()),
        ..notice()
    }
}

fn json(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// No value of a header ends it.
fn check_headers(request: &Request) {
    for (name, value) in &request.headers {
        assert!(
            value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
            "{name}: {value:?}"
        );
    }
}
