//! Who somebody is, told from what they show: passwords, tokens, and the keys that sign them.
//!
//! It computes, natively and in every component, with RustCrypto's implementations: no C. It knows
//! no HTTP, no SQL and no clock; what it is given to compare, others keep.
//!
//! A key's type decides the algorithm. What a token's header says of it is only compared: there is
//! no code path on which a public key could be taken for a shared secret, or no key for a key.

mod jwt;
mod key;
mod password;
mod provider_keys;
mod secret;
mod signing_keys;
mod vapid;
mod webhook;

pub use jwt::{Claims, Expected, Jwt, TokenError};
pub use key::Key;
pub use password::{hash_password, is_password};
pub use provider_keys::{ProviderKey, ProviderKeys, ProviderKeysError};
pub use secret::{Secret, SecretKind, fingerprint};
pub use signing_keys::{SigningKeys, SigningKeysError};
pub use vapid::{VapidKey, VapidKeyError};
pub use webhook::{webhook_secret, webhook_signature};

/// The system has no random numbers to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are no random numbers")]
pub struct NoRandomness;

/// Random bytes that nobody can guess.
///
/// # Errors
/// If the system has none.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
