//! A message for a browser alone: RFC 8291, which is RFC 8188 with a key of the browser and one of this message.

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

/// Bytes that a push service has to take (RFC 8030, section 7.2), and of our one record.
const RECORD: usize = 4096;
/// The salt, the record's size, the length of the key, and the key.
const HEADER: usize = 16 + 4 + 1 + 65;
/// The delimiter that ends the text, and what makes it unforgeable.
const OVERHEAD: usize = 1 + 16;

/// How many bytes a text may have.
pub const MOST: usize = RECORD - HEADER - OVERHEAD;

/// Encrypts a text of at most [`MOST`] bytes, filled up to `length` bytes where it is shorter. `None`: it is longer.
pub fn encrypt(
    text: &[u8],
    length: usize,
    browser: &PublicKey,
    auth: &[u8; 16],
    salt: &[u8; 16],
    own: &SecretKey,
) -> Option<Vec<u8>> {
    if text.len() > MOST {
        return None;
    }
    let (browser_point, own_point) =
        (browser.to_sec1_point(false), own.public_key().to_sec1_point(false));
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), browser.as_affine());
    let info = [b"WebPush: info\0", browser_point.as_bytes(), own_point.as_bytes()].concat();
    let secret: [u8; 32] = derived(auth, shared.raw_secret_bytes(), &info)?;
    let key: [u8; 16] = derived(salt, &secret, b"Content-Encoding: aes128gcm\0")?;
    let nonce: [u8; 12] = derived(salt, &secret, b"Content-Encoding: nonce\0")?;

    let mut record = text.to_vec();
    // Of the last record (RFC 8188, section 2); zeros after it are no text.
    record.push(2);
    record.resize(length.clamp(text.len(), MOST) + 1, 0);
    let cipher = Aes128Gcm::new(&key.into());
    let sealed = cipher.encrypt(&Nonce::from(nonce), record.as_slice()).ok()?;

    let mut body = Vec::with_capacity(HEADER + sealed.len());
    body.extend_from_slice(salt);
    body.extend_from_slice(&u32::try_from(RECORD).ok()?.to_be_bytes());
    body.push(u8::try_from(own_point.as_bytes().len()).ok()?);
    body.extend_from_slice(own_point.as_bytes());
    body.extend_from_slice(&sealed);
    Some(body)
}

fn derived<const N: usize>(salt: &[u8], secret: &[u8], info: &[u8]) -> Option<[u8; N]> {
    let mut key = [0; N];
    Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut key).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding as _};

    use super::*;

    /// RFC 8291, appendix A.
    #[test]
    fn the_message_of_the_rfc_is_encrypted_as_there() {
        let bytes = |text: &str| Base64UrlUnpadded::decode_vec(text).unwrap();
        let browser = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let body = encrypt(
            b"When I grow up, I want to be a watermelon",
            0,
            &PublicKey::from_sec1_bytes(&browser).unwrap(),
            &bytes("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap(),
            &bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap(),
            &SecretKey::from_slice(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap(),
        );
        assert_eq!(
            Base64UrlUnpadded::encode_string(&body.unwrap()),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
             EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_text_is_filled_up_and_never_too_long() {
        let own = SecretKey::from_slice(&[7; 32]).unwrap();
        let encrypted = |text: &[u8], length| {
            encrypt(text, length, &own.public_key(), &[1; 16], &[2; 16], &own)
        };
        for (bytes, length, expected) in [
            (0, 0, HEADER + OVERHEAD),
            (1, 512, HEADER + OVERHEAD + 512),
            (600, 512, HEADER + OVERHEAD + 600),
            (1, 9999, RECORD),
            (MOST, 0, RECORD),
        ] {
            assert_eq!(encrypted(&vec![b'x'; bytes], length).unwrap().len(), expected);
        }
        assert_eq!(encrypted(&[b'x'; MOST + 1], 0), None);
    }
}
