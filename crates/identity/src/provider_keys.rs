use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Key;

/// How many keys of a provider are kept; they publish a handful.
const MOST_KEYS: usize = 32;

/// The public keys of an identity provider, as far as they can verify tokens here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderKeys(Vec<ProviderKey>);

/// A public key and its name, as RFC 7517 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderKey {
    kid: String,
    #[serde(flatten)]
    material: Material,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
}

/// Why what a provider publishes is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "their texts say it")]
pub enum ProviderKeysError {
    #[error("the answer is no set of keys")]
    NotKeys,
    #[error(
        "none of the keys is an RSA key of 2048 to 4096 bits or one on P-256, with an id, for signatures"
    )]
    NoneUsable,
}

impl ProviderKeys {
    /// Reads what a provider publishes. A key of another kind, or for something else, is left out, as
    /// RFC 7517, section 5, wants it.
    ///
    /// # Errors
    /// If it is no set of keys, or none of them can be used.
    pub fn parse(published: &[u8]) -> Result<Self, ProviderKeysError> {
        #[derive(Deserialize)]
        struct Published {
            keys: Vec<Value>,
        }
        let published: Published =
            serde_json::from_slice(published).map_err(|_| ProviderKeysError::NotKeys)?;
        let keys: Vec<_> = published.keys.into_iter().filter_map(usable).take(MOST_KEYS).collect();
        if keys.is_empty() { Err(ProviderKeysError::NoneUsable) } else { Ok(Self(keys)) }
    }

    /// The key of this name; without a name, the only one that there is.
    pub fn key(&self, id: Option<&str>) -> Option<Key> {
        match (id, self.0.as_slice()) {
            (Some(id), keys) => keys.iter().find(|key| key.kid == id)?.key(),
            (None, [only]) => only.key(),
            (None, _) => None,
        }
    }
}

impl ProviderKey {
    fn key(&self) -> Option<Key> {
        let bytes = |text: &str| Base64UrlUnpadded::decode_vec(text).ok();
        match &self.material {
            Material::Rsa { n, e } => Key::rsa(&bytes(n)?, &bytes(e)?),
            Material::Ec { crv, x, y } if crv == "P-256" => Key::p256(&bytes(x)?, &bytes(y)?),
            Material::Ec { .. } => None,
        }
    }
}

fn usable(published: Value) -> Option<ProviderKey> {
    let says = |field: &str| published.get(field).and_then(Value::as_str);
    let for_signatures = says("use").is_none_or(|purpose| purpose == "sig");
    let algorithm = says("alg").map(str::to_owned);
    if !for_signatures {
        return None;
    }
    let key: ProviderKey = serde_json::from_value(published).ok()?;
    let ours = key.key()?.algorithm();
    algorithm.is_none_or(|algorithm| algorithm == ours).then_some(key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jwt::tests::{ec_key, rsa_key};

    fn parse(keys: Value) -> Result<ProviderKeys, ProviderKeysError> {
        ProviderKeys::parse(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn the_keys_type_is_its_algorithm() {
        let keys = parse(json!([rsa_key("r"), ec_key("e")])).unwrap();
        assert_eq!(keys.key(Some("r")).unwrap().algorithm(), "RS256");
        assert_eq!(keys.key(Some("e")).unwrap().algorithm(), "ES256");
        assert!(keys.key(Some("x")).is_none() && keys.key(None).is_none());
        assert!(parse(json!([ec_key("e")])).unwrap().key(None).is_some(), "the only one");
        let kept = serde_json::to_string(&keys).unwrap();
        assert_eq!(serde_json::from_str::<ProviderKeys>(&kept).unwrap(), keys);
    }

    #[test]
    fn what_cannot_verify_is_left_out() {
        let with = |key: Value, field: &str, value: Value| {
            let mut key = key;
            key[field] = value;
            key
        };
        for unusable in [
            json!(null),
            json!({"kty": "oct", "kid": "o", "k": "c2VjcmV0"}),
            with(rsa_key("r"), "use", json!("enc")),
            with(rsa_key("r"), "alg", json!("RS512")),
            with(rsa_key("r"), "alg", json!("HS256")),
            with(rsa_key("r"), "n", json!("AQAB")),
            with(rsa_key("r"), "n", json!("_".repeat(1000))),
            with(rsa_key("r"), "kid", json!(null)),
            with(ec_key("e"), "crv", json!("P-384")),
            with(ec_key("e"), "y", ec_key("e")["x"].clone()),
        ] {
            assert_eq!(parse(json!([unusable])), Err(ProviderKeysError::NoneUsable), "{unusable}");
        }
        for text in ["", "[]", "<html>", r#"{"keys": 1}"#] {
            assert_eq!(ProviderKeys::parse(text.as_bytes()), Err(ProviderKeysError::NotKeys));
        }
    }
}
