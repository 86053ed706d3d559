use schemars::json_schema;
use serde_json::{Value, json};

use super::{describe, document, nullable, one_of, timezone, visible_text};
use crate::account::{
    LANGUAGES, LOG_IN, MOST_EMAIL, MOST_NAME, NEW_USER, PASSWORD_LENGTH, PATCH, REFRESH, TOKEN,
};
use crate::{LogIn, NewAccessToken, NewUser, Scope, Scopes, UserPatch};

/// The document with a refresh token, and nothing else.
pub enum Refresh {}

describe! {
    NewUser: "NewUser" = |_| document(&NEW_USER, &["email", "password"], |name| match name {
        "email" => email(),
        "password" => password(*PASSWORD_LENGTH.start()),
        name => patch(name),
    });
    LogIn: "LogIn" = |_| document(&LOG_IN, &["email", "password"], |name| match name {
        "email" => email(),
        "password" => password(0),
        _ => json!({}),
    });
    UserPatch: "UserPatch" = |_| {
        let mut schema = document(&PATCH, &[], patch);
        schema.insert("dependentRequired".to_owned(), json!({ "password": ["current_password"] }));
        schema
    };
    NewAccessToken: "NewAccessToken" = |_| document(&TOKEN, &["name", "scopes"], |name| match name {
        "name" => visible_text(MOST_NAME),
        "scopes" => json!({ "type": "array", "minItems": 1, "items": one_of(Scope::ALL.map(Scope::as_str)) }),
        "expires_at" => json!({ "type": ["string", "null"], "format": "date-time" }),
        _ => json!({}),
    });
    Refresh: "Refresh" = |_| document(&REFRESH, &["refresh_token"], |name| match name {
        "refresh_token" => json!({ "type": "string" }),
        _ => json!({}),
    });
    Scopes: "Scopes" = |_| json_schema!({
        "type": "array", "items": one_of(Scope::ALL.map(Scope::as_str)), "uniqueItems": true,
    });
}

fn email() -> Value {
    json!({ "type": "string", "format": "email", "maxLength": MOST_EMAIL })
}

fn password(least: usize) -> Value {
    let most = PASSWORD_LENGTH.end();
    json!({ "type": "string", "format": "password", "minLength": least, "maxLength": most })
}

/// What a user may change.
fn patch(name: &str) -> Value {
    match name {
        "timezone" => nullable(timezone()),
        "language" => nullable(one_of(LANGUAGES)),
        "email_reminders" => json!({ "type": ["boolean", "null"] }),
        "password" => nullable(password(*PASSWORD_LENGTH.start())),
        "current_password" => nullable(password(0)),
        _ => json!({}),
    }
}
