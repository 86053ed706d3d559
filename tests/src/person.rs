//! Somebody with an account.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Spindle, answer};

/// What everybody's password is.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody who has logged in.
pub struct Person {
    /// Their e-mail address.
    pub email: String,
    /// Their id.
    pub id: String,
    /// What they show with a request.
    pub access: String,
    /// What they stay logged in with.
    pub refresh: String,
}

impl Person {
    /// Registers and logs in.
    pub async fn register(spindle: &Spindle, email: &str) -> Result<Self> {
        let (status, account) = spindle
            .post("/auth/register", &json!({ "email": email, "password": PASSWORD }))
            .await?;
        ensure!(status == 201, "POST /auth/register answered {status}: {account}");
        let (status, tokens) = Self::log_in(spindle, email, PASSWORD).await?;
        ensure!(status == 200, "POST /auth/login answered {status}: {tokens}");
        let text = |document: &Value, field: &str| {
            document[field].as_str().map(str::to_owned).with_context(|| format!("no {field}"))
        };
        Ok(Self {
            email: email.to_owned(),
            id: text(&account, "id")?,
            access: text(&tokens, "access_token")?,
            refresh: text(&tokens, "refresh_token")?,
        })
    }

    /// Logs in, whatever comes of it.
    pub async fn log_in(spindle: &Spindle, email: &str, password: &str) -> Result<(u16, Value)> {
        spindle.post("/auth/login", &json!({ "email": email, "password": password })).await
    }

    /// A personal access token of theirs, and its id.
    pub async fn token(&self, spindle: &Spindle, scopes: &[&str]) -> Result<(String, String)> {
        let document = json!({ "name": "a test's", "scopes": scopes });
        let (status, made) =
            spindle.ask(&self.access, Method::POST, "/auth/tokens", Some(&document)).await?;
        ensure!(status == 201, "POST /auth/tokens answered {status}: {made}");
        let text = |field: &str| made[field].as_str().map(str::to_owned);
        Ok((text("token").context("no token")?, text("id").context("no id")?))
    }
}

impl Spindle {
    /// A request by whoever holds a token, whatever the status.
    pub async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        let mut request = self.client.request(method, self.url(path)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request.send().await?).await
    }

    /// As [`Self::ask`], to look at something.
    pub async fn look(&self, token: &str, path: &str) -> Result<(u16, Value)> {
        self.ask(token, Method::GET, path, None).await
    }
}
