use uuid::Uuid;

/// The header that brings a correlation id and takes it back.
pub(crate) const HEADER: &str = "x-correlation-id";

/// The client's, if it is 1 to 100 visible ASCII characters (it goes into logs, headers and a
/// column); else a new one.
pub(crate) fn correlation_id(given: Option<&[u8]>) -> String {
    given
        .filter(|id| (1..=100).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic))
        .and_then(|id| str::from_utf8(id).ok())
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_kept() {
        for id in ["c1", "a/b:c=d", &"x".repeat(100)] {
            assert_eq!(correlation_id(Some(id.as_bytes())), id);
        }
    }

    #[test]
    fn any_other_is_replaced() {
        for id in ["", "a b", "a\nb", "ä", &"x".repeat(101)] {
            let made = correlation_id(Some(id.as_bytes()));
            assert!(Uuid::try_parse(&made).is_ok(), "{made}");
        }
        assert_ne!(correlation_id(None), correlation_id(None));
    }
}
