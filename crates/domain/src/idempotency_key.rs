use crate::{Error, FieldError};

/// What a client calls a request, so that it has its effect once however often it is sent: the header `Idempotency-Key`
/// (draft-ietf-httpapi-idempotency-key-header), and which request it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    request_hash: String,
}

impl IdempotencyKey {
    /// How long one may be.
    const MOST: usize = 255;

    /// `request_hash` tells requests apart: it is the same for the same method, path and body.
    ///
    /// # Errors
    /// If `key` is not 1 to 255 visible ASCII characters.
    pub fn new(key: &[u8], request_hash: String) -> Result<Self, Error> {
        let is_key = (1..=Self::MOST).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        match str::from_utf8(key) {
            Ok(key) if is_key => Ok(Self { key: key.to_owned(), request_hash }),
            _ => Err(Error::Fields(vec![FieldError::Invalid {
                field: "Idempotency-Key",
                expected: "1 to 255 visible ASCII characters",
            }])),
        }
    }

    /// The names of the parts of a request, by their places. No client can give another request such a name, for there
    /// is a space in it.
    ///
    /// # Errors
    /// If the request's own leaves no room for them.
    pub fn parts(&self) -> Result<impl Fn(usize) -> Self + use<>, Error> {
        if self.key.len() > Self::MOST - 4 {
            return Err(Error::Fields(vec![FieldError::Invalid {
                field: "Idempotency-Key",
                expected: "1 to 251 visible ASCII characters for a batch",
            }]));
        }
        let Self { key, request_hash } = self.clone();
        Ok(move |place| Self { key: format!("{key} {place}"), request_hash: request_hash.clone() })
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
    fn a_part_of_a_request_has_a_name_of_its_own() {
        let key = |length| IdempotencyKey::new(&vec![b'k'; length], "h".to_owned()).unwrap();
        let part = key(251).parts().unwrap()(99);
        assert_eq!((part.key().len(), part.request_hash()), (254, "h"));
        assert!(IdempotencyKey::new(part.key().as_bytes(), "h".to_owned()).is_err());
        assert!(key(252).parts().is_err());
    }

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
