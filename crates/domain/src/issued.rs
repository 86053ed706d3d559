use serde::Serialize;

use crate::{AccessToken, Webhook};

/// What a client gets to show after a log-in: RFC 6749, section 5.1.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the RFC's")]
pub struct IssuedTokens<'a> {
    pub access_token: &'a str,
    /// `Bearer`.
    pub token_type: &'static str,
    /// How many seconds the access token is good.
    pub expires_in: u32,
    /// Good once, for the next pair.
    pub refresh_token: &'a str,
    /// With spaces between them.
    pub scope: String,
}

/// A new personal access token, with the secret that is shown this once.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IssuedAccessToken<'a> {
    /// The secret.
    pub token: &'a str,
    /// What is kept of it.
    #[serde(flatten)]
    pub about: AccessToken,
}

/// A new webhook, with the secret that is shown this once.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IssuedWebhook<'a> {
    /// What its posts are signed with, as Standard Webhooks writes secrets: `whsec_` and base64.
    pub secret: &'a str,
    /// The webhook.
    #[serde(flatten)]
    pub about: Webhook,
}
