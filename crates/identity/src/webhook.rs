use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{NoRandomness, random};

/// What secrets begin with (Standard Webhooks, "Signature scheme").
const PREFIX: &str = "whsec_";

/// A new secret for a webhook's signatures: `whsec_` and 32 random bytes in base64.
///
/// # Errors
/// If the system has no random numbers.
pub fn webhook_secret() -> Result<String, NoRandomness> {
    Ok(format!("{PREFIX}{}", Base64::encode_string(&random::<32>()?)))
}

/// The value of `webhook-signature`: HMAC-SHA256 over the message's id, its time in seconds since 1970, and its body, as
/// Standard Webhooks has it. `None`: the secret is none.
pub fn webhook_signature(secret: &str, id: &str, seconds: u64, body: &[u8]) -> Option<String> {
    let key = Base64::decode_vec(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Standard Webhooks' own libraries.
    #[test]
    fn a_message_is_signed_as_others_verify_it() {
        let signature = webhook_signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_secret_is_another_and_signs() {
        let (one, other) = (webhook_secret().unwrap(), webhook_secret().unwrap());
        assert_ne!(one, other);
        assert!(one.starts_with("whsec_") && one.len() == 50, "{one}");
        assert_ne!(webhook_signature(&one, "a", 1, b""), webhook_signature(&other, "a", 1, b""));
        assert_eq!(webhook_signature("secret", "a", 1, b""), None);
    }
}
