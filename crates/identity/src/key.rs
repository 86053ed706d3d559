use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa;
use rsa::{BoxedUint, pkcs1v15};
use sha2::Sha256;
use signature::Verifier as _;

use rsa::signature;

/// Bits of an RSA key: NIST's least, and what takes longer to compute than it is worth.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// What a signature is checked with. Each has one algorithm.
#[derive(Clone)]
pub enum Key {
    /// A secret that we share with ourselves: HMAC with SHA-256.
    Hs256(Vec<u8>),
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256(Box<pkcs1v15::VerifyingKey<Sha256>>),
    /// ECDSA on P-256 with SHA-256.
    Es256(Box<ecdsa::VerifyingKey>),
}

impl Key {
    /// An RSA key of a modulus and an exponent; `None` if it is too small or too large, or none.
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        // Before anything is computed.
        if modulus.len() > RSA_BITS.end() / 8 || exponent.len() > 8 {
            return None;
        }
        let (n, e) =
            (BoxedUint::from_be_slice_vartime(modulus), BoxedUint::from_be_slice_vartime(exponent));
        let key = rsa::PublicKey::new_with_size_limits(n, e, RSA_BITS).ok()?;
        Some(Self::Rs256(Box::new(pkcs1v15::VerifyingKey::new(key))))
    }

    /// A key of a point on P-256; `None` if it is not on it.
    pub(crate) fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        if x.len() != 32 || y.len() != 32 {
            return None;
        }
        let point = [&[4], x, y].concat();
        Some(Self::Es256(Box::new(ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?)))
    }

    /// As a token's header has to name it.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::Rs256(_) => "RS256",
            Self::Es256(_) => "ES256",
        }
    }

    /// Whether the signature of these bytes is by this key.
    pub(crate) fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hs256(secret) => {
                hmac(secret, bytes).is_some_and(|mac| mac.verify_slice(signature).is_ok())
            }
            Self::Rs256(key) => pkcs1v15::Signature::try_from(signature)
                .is_ok_and(|signature| key.verify(bytes, &signature).is_ok()),
            Self::Es256(key) => ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(bytes, &signature).is_ok()),
        }
    }
}

/// The signature of these bytes with a shared secret; `None` if it could be none.
pub(crate) fn sign(secret: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    Some(hmac(secret, bytes)?.finalize().into_bytes().to_vec())
}

fn hmac(secret: &[u8], bytes: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(bytes);
    Some(mac)
}
