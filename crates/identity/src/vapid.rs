use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use serde_json::json;

use crate::{NoRandomness, random};

/// How long a token is good, in seconds. RFC 8292, section 2, allows a day; clocks may be apart.
const LIFETIME: u64 = 12 * 60 * 60;

/// By which push services know an application server (RFC 8292): its browsers subscribe with the public half, and only who
/// has the private one can push to them.
#[derive(Clone)]
pub struct VapidKey(SigningKey);

/// The text of a key is none. It shows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the VAPID key is not 32 bytes of a P-256 key in base64url; `spindle vapid` makes one")]
pub struct VapidKeyError;

impl VapidKey {
    /// The text of a new key: 32 bytes in base64url, as other tools keep them.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn generate() -> Result<String, NoRandomness> {
        loop {
            let secret = random::<32>()?;
            // Of all numbers of 32 bytes one in four billion is no key.
            if SigningKey::from_slice(&secret).is_ok() {
                return Ok(Base64UrlUnpadded::encode_string(&secret));
            }
        }
    }

    /// Reads a key. Padding, which some tools add, is no part of it.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, VapidKeyError> {
        let secret = Base64UrlUnpadded::decode_vec(text.trim().trim_end_matches('='));
        // P-256 of RustCrypto would fill up a shorter one.
        let secret = <[u8; 32]>::try_from(secret.map_err(|_| VapidKeyError)?);
        let secret = secret.map_err(|_| VapidKeyError)?;
        SigningKey::from_slice(&secret).map(Self).map_err(|_| VapidKeyError)
    }

    /// The public key as browsers take it (`applicationServerKey`): an uncompressed point in base64url.
    pub fn public_key(&self) -> String {
        let point = VerifyingKey::from(&self.0).to_sec1_point(false);
        Base64UrlUnpadded::encode_string(point.as_bytes())
    }

    /// The value of `authorization` for a push service of this origin. `subject` is whom its operators may turn to, a
    /// `mailto:` or `https:` address; `now` is seconds since 1970.
    pub fn authorization(&self, origin: &str, subject: &str, now: u64) -> String {
        let header = json!({ "typ": "JWT", "alg": "ES256" });
        let claims = json!({ "aud": origin, "exp": now + LIFETIME, "sub": subject });
        let part = |part: &serde_json::Value| {
            Base64UrlUnpadded::encode_string(part.to_string().as_bytes())
        };
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature: Signature = self.0.sign(signed.as_bytes());
        let signature = Base64UrlUnpadded::encode_string(&signature.to_bytes());
        // Without a space, which some readers take for an end.
        format!("vapid t={signed}.{signature},k={}", self.public_key())
    }
}

impl std::fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VapidKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::signature::Verifier as _;

    use super::*;

    /// RFC 8291, appendix A.
    const PRIVATE: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    const PUBLIC: &str =
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";

    #[test]
    fn a_public_key_is_that_of_its_private_one() {
        for text in [PRIVATE.to_owned(), format!(" {PRIVATE}=\n")] {
            assert_eq!(VapidKey::parse(&text).unwrap().public_key(), PUBLIC);
        }
    }

    #[test]
    fn every_key_is_another_and_shows_nothing() {
        let (one, other) = (VapidKey::generate().unwrap(), VapidKey::generate().unwrap());
        assert!(one != other && one.len() == 43, "{one}");
        assert_eq!(format!("{:?}", VapidKey::parse(&one).unwrap()), "VapidKey(..)");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let zero = "A".repeat(43);
        let too_large = Base64UrlUnpadded::encode_string(&[0xff; 32]);
        for wrong in ["", "no key", PUBLIC, &PRIVATE[1..], &zero, &too_large] {
            assert!(VapidKey::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_good_for_its_push_service_and_half_a_day() {
        let key = VapidKey::parse(PRIVATE).unwrap();
        let value = key.authorization("https://push.example", "mailto:me@example.com", 1_000_000);
        let (token, public) = value.strip_prefix("vapid t=").unwrap().split_once(",k=").unwrap();
        assert_eq!(public, PUBLIC);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature =
            Signature::from_slice(&Base64UrlUnpadded::decode_vec(signature).unwrap()).unwrap();
        VerifyingKey::from(&key.0).verify(signed.as_bytes(), &signature).unwrap();
        let claims = Base64UrlUnpadded::decode_vec(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(
            claims,
            json!({ "aud": "https://push.example", "exp": 1_043_200, "sub": "mailto:me@example.com" })
        );
    }
}
