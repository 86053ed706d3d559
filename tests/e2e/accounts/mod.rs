//! Accounts, log-ins and tokens.

mod browser;
mod log_in;
mod provider;
mod rates;
mod tokens;

use anyhow::{Context as _, Result, ensure};
use identity::{Claims, SigningKeys};
use serde_json::Value;
use spindle_tests::{Spindle, eventually};

/// Waits until a user's trail has these, the newest first, and returns their rows.
async fn trail(spindle: &Spindle, token: &str, actions: &[&str]) -> Result<Vec<Value>> {
    eventually(&format!("a trail of {actions:?}"), async || {
        let (status, body) = spindle.look(token, "/api/audit?limit=100").await?;
        ensure!(status == 200, "GET /api/audit answered {status}: {body}");
        let rows = body["items"].as_array().cloned().unwrap_or_default();
        let found = rows.iter().map(|row| {
            let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
            format!("{}.{}", text("entity_type"), text("action"))
        });
        Ok(found.eq(actions.iter().map(|action| (*action).to_owned())).then_some(rows))
    })
    .await
}

/// No token and no password may be anywhere in the logs.
fn keeps_secrets(spindle: &Spindle, secrets: &[&str]) -> Result<()> {
    let logs = spindle.all_logs()?;
    ensure!(logs.contains("request refused"), "the logs are not what they were");
    for secret in secrets {
        // Of a JWT, what signs it would be enough.
        for part in secret.split('.').filter(|part| part.len() > 8) {
            ensure!(!logs.contains(part), "a log has {part:.12}…");
        }
    }
    Ok(())
}

/// A token signed with the first of some keys, as `jwt_keys` has them.
fn sign(keys: &str, claims: &Claims) -> Result<String> {
    SigningKeys::parse(keys)?.and_then(|keys| keys.sign(claims)).context("no key")
}

fn standard_base64(url_safe: &str) -> String {
    let text = url_safe.replace('-', "+").replace('_', "/");
    format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4))
}
