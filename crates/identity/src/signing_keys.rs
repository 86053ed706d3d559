use base64ct::{Base64, Encoding as _};

use crate::{Claims, Key, NoRandomness, hex, jwt, random};

/// Bytes of a secret: RFC 7518, section 3.2, asks for as many as the hash has.
const LEAST_BYTES: usize = 32;

/// The secrets that our own tokens are signed with. The first signs; all verify, so that a new one is
/// put in front, and an old one taken away when its last token has expired.
#[derive(Clone)]
pub struct SigningKeys(Vec<(String, Vec<u8>)>);

/// What is wrong with the text of some keys. It shows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "their texts say it")]
pub enum SigningKeysError {
    #[error("key {0} is not id:secret, the id of letters, digits, - and _")]
    Form(usize),
    #[error("the secret of key {0} is not base64")]
    NotBase64(usize),
    #[error("the secret of key {0} has fewer than 32 bytes; `openssl rand -base64 32` makes one")]
    Short(usize),
    #[error("key {0} has the id of another")]
    Twice(usize),
}

impl SigningKeys {
    /// Reads `id:secret,id:secret`, the secrets in base64; `None` where there is no key.
    ///
    /// # Errors
    /// If any of them is wrong.
    pub fn parse(text: &str) -> Result<Option<Self>, SigningKeysError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let mut keys: Vec<(String, Vec<u8>)> = Vec::new();
        for (number, key) in (1..).zip(text.split(',')) {
            let (id, secret) = key.trim().split_once(':').ok_or(SigningKeysError::Form(number))?;
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if id.is_empty() || id.len() > 64 || !id.chars().all(is_name) {
                return Err(SigningKeysError::Form(number));
            }
            let secret =
                Base64::decode_vec(secret).map_err(|_| SigningKeysError::NotBase64(number))?;
            if secret.len() < LEAST_BYTES {
                return Err(SigningKeysError::Short(number));
            }
            if keys.iter().any(|(other, _)| other == id) {
                return Err(SigningKeysError::Twice(number));
            }
            keys.push((id.to_owned(), secret));
        }
        Ok(Some(Self(keys)))
    }

    /// The text of one new key.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn generate() -> Result<String, NoRandomness> {
        let secret = Base64::encode_string(&random::<32>()?);
        Ok(format!("{}:{secret}", hex(&random::<4>()?)))
    }

    /// A token that says this.
    pub fn sign(&self, claims: &Claims) -> Option<String> {
        let (id, secret) = self.0.first()?;
        jwt::sign(id, secret, claims)
    }

    /// The key of this name.
    pub fn key(&self, id: &str) -> Option<Key> {
        let (_, secret) = self.0.iter().find(|(known, _)| known == id)?;
        Some(Key::Hs256(secret.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn keys_are_read_in_their_order() {
        let keys = SigningKeys::parse(&format!("new:{SECRET}, old:{SECRET}")).unwrap().unwrap();
        assert!(keys.key("new").is_some() && keys.key("old").is_some() && keys.key("x").is_none());
        assert_eq!(keys.0[0].0, "new");
        assert!(SigningKeys::parse("").unwrap().is_none());
        assert!(SigningKeys::parse(&SigningKeys::generate().unwrap()).unwrap().is_some());
    }

    #[test]
    fn a_wrong_key_is_named_by_its_place() {
        for (text, expected) in [
            ("secret".to_owned(), SigningKeysError::Form(1)),
            (format!(":{SECRET}"), SigningKeysError::Form(1)),
            (format!("a:{SECRET},b c:{SECRET}"), SigningKeysError::Form(2)),
            ("a:not base64".to_owned(), SigningKeysError::NotBase64(1)),
            ("a:AAAA".to_owned(), SigningKeysError::Short(1)),
            (format!("a:{SECRET},a:{SECRET}"), SigningKeysError::Twice(2)),
        ] {
            assert_eq!(SigningKeys::parse(&text).err(), Some(expected), "{text}");
        }
    }
}
