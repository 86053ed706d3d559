use crate::{Error, FieldError};

/// What a client calls a request, so that it has its effect once however often it is sent: the header `Idempotency-Key`
/// (draft-ietf-httpapi-idempotency-key-header), and which request it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    request_hash: String,
}

impl IdempotencyKey {
    /// `request_hash` tells requests apart: it is the same for the same method, path and body.
    ///
    /// # Errors
    /// If `key` is not 1 to 255 visible ASCII characters.
    pub fn new(key: &[u8], request_hash: String) -> Result<Self, Error> {
        let is_key = (1..=255).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        match str::from_utf8(key) {
            Ok(key) if is_key => Ok(Self { key: key.to_owned(), request_hash }),
            _ => Err(Error::Fields(vec![FieldError::Invalid {
                field: "Idempotency-Key",
                expected: "1 to 255 visible ASCII characters",
            }])),
        }
    }

    /// The client's name for the request.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Which request it is.
    pub fn request_hash(&self) -> &str {
        &self.request_hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii() {
        let key = |key: &str| IdempotencyKey::new(key.as_bytes(), "h".to_owned());
        for sane in ["k", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &"x".repeat(255)] {
            assert_eq!(key(sane).unwrap().key(), sane);
        }
        for wrong in ["", "a b", "a\tb", "ä", &"x".repeat(256)] {
            assert_eq!(
                key(wrong).unwrap_err().to_string(),
                "Idempotency-Key must be 1 to 255 visible ASCII characters"
            );
        }
    }
}
