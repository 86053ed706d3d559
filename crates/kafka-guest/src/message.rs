//! Reading a record.

use crate::Message;

impl Message {
    /// The bytes of a header: of the last one, if the name occurs more than once. `None` if there is none, or it is null.
    pub fn header_bytes(&self, name: &str) -> Option<&[u8]> {
        let (_, value) = self.headers.iter().rev().find(|(key, _)| key == name)?;
        value.as_deref()
    }

    /// The text of a header, such as `ce_id`. `None` if there is none, it is null, or it isn't UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.header_bytes(name)?).ok()
    }

    /// The key as text. `None` if it is null or isn't UTF-8.
    pub fn key_text(&self) -> Option<&str> {
        std::str::from_utf8(self.key.as_deref()?).ok()
    }

    /// The value as text. `None` if it is null (in a compacted topic: a deletion) or isn't UTF-8.
    pub fn value_text(&self) -> Option<&str> {
        std::str::from_utf8(self.value.as_deref()?).ok()
    }
}

/// A record without a topic, key, value or headers, at its first attempt: for tests to fill in.
impl Default for Message {
    fn default() -> Self {
        Self {
            topic: String::new(),
            partition: 0,
            offset: 0,
            timestamp_ms: None,
            key: None,
            value: None,
            headers: Vec::new(),
            attempt: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: Option<&[u8]>) -> (String, Option<Vec<u8>>) {
        (name.to_owned(), value.map(<[u8]>::to_vec))
    }

    #[test]
    fn the_last_header_of_a_name_counts() {
        let message = Message {
            headers: vec![
                header("ce_id", Some(b"1")),
                header("ce_id", Some(b"2")),
                header("empty", Some(b"")),
                header("null", None),
                header("binary", Some(b"\xff")),
            ],
            ..Message::default()
        };
        assert_eq!(message.header("ce_id"), Some("2"));
        assert_eq!(message.header("empty"), Some(""));
        assert_eq!(message.header("null"), None);
        assert_eq!(message.header("binary"), None);
        assert_eq!(message.header_bytes("binary"), Some(&b"\xff"[..]));
        assert_eq!(message.header("missing"), None);
    }

    #[test]
    fn null_is_not_the_empty_text() {
        let message = Message { value: Some(Vec::new()), ..Message::default() };
        assert_eq!(message.key_text(), None);
        assert_eq!(message.value_text(), Some(""));
    }
}
