use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::Key;
use crate::key;

/// How far clocks may be apart, in seconds.
const LEEWAY: i64 = 60;
/// How many bytes a token may have. The largest that providers are known to issue have a few thousand.
const MOST_BYTES: usize = 16 * 1024;

/// What a token says. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the names are those of RFC 7519, section 4.1, and RFC 8693, section 4.2"
)]
pub struct Claims {
    pub iss: String,
    #[serde(deserialize_with = "one_or_more")]
    pub aud: Vec<String>,
    pub sub: String,
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// Who must have made a token, for whom, and when it is.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// Why a token is refused. It holds nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "their texts say it")]
pub enum TokenError {
    #[error("the token is malformed")]
    Malformed,
    #[error("the token is of an issuer that is not known here")]
    Issuer,
    #[error("the token is for somebody else")]
    Audience,
    #[error("the token is signed with a key that is not known here")]
    UnknownKey,
    #[error("the token is not signed as its key signs")]
    Algorithm,
    #[error("the signature is wrong")]
    Signature,
    #[error("the token is unknown, revoked or expired")]
    Unknown,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    alg: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    kid: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    typ: Option<std::borrow::Cow<'a, str>>,
    /// Extensions that must be understood; we understand none (RFC 7515, section 4.1.11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<serde_json::Value>,
}

/// A token in the compact form of RFC 7515. Until it is verified, it only says who claims to have made
/// it, so that the key can be found.
pub struct Jwt<'a> {
    algorithm: String,
    key_id: Option<String>,
    claims: Claims,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    /// Reads a token.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > MOST_BYTES {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header = decode(header)?;
        let header: Header<'_> =
            serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        Ok(Self {
            algorithm: header.alg.into_owned(),
            key_id: header.kid.map(std::borrow::Cow::into_owned),
            claims: serde_json::from_slice(&decode(claims)?).map_err(|_| TokenError::Malformed)?,
            signed,
            signature: decode(signature)?,
        })
    }

    /// Who is said to have made it.
    pub fn claimed_issuer(&self) -> &str {
        &self.claims.iss
    }

    /// Whom it is said to be about.
    pub fn claimed_subject(&self) -> &str {
        &self.claims.sub
    }

    /// Which of its maker's keys is said to have signed it.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// What it says, if it is signed by this key and meant for us, now.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn verify(self, key: &Key, expected: &Expected<'_>) -> Result<Claims, TokenError> {
        if self.algorithm != key.algorithm() {
            return Err(TokenError::Algorithm);
        }
        if !key.has_signed(self.signed.as_bytes(), &self.signature) {
            return Err(TokenError::Signature);
        }
        let Claims { iss, aud, exp, nbf, .. } = &self.claims;
        if iss != expected.issuer {
            return Err(TokenError::Issuer);
        }
        if !aud.iter().any(|audience| audience == expected.audience) {
            return Err(TokenError::Audience);
        }
        if expected.now >= exp.saturating_add(LEEWAY) {
            return Err(TokenError::Expired);
        }
        if nbf.is_some_and(|nbf| nbf > expected.now.saturating_add(LEEWAY)) {
            return Err(TokenError::NotYetValid);
        }
        Ok(self.claims)
    }
}

/// A token signed with a shared secret; `None` if the secret could be none.
pub(crate) fn sign(key_id: &str, secret: &[u8], claims: &Claims) -> Option<String> {
    let header = Header {
        alg: "HS256".into(),
        kid: Some(key_id.into()),
        typ: Some("at+jwt".into()),
        crit: None,
    };
    let part = |json: Vec<u8>| Base64UrlUnpadded::encode_string(&json);
    let header = part(serde_json::to_vec(&header).ok()?);
    let signed = format!("{header}.{}", part(serde_json::to_vec(claims).ok()?));
    let signature = Base64UrlUnpadded::encode_string(&key::sign(secret, signed.as_bytes())?);
    Some(format!("{signed}.{signature}"))
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| TokenError::Malformed)
}

/// An audience is a text or a list of them.
fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
}

#[cfg(test)]
pub(crate) mod tests;
