//! Properties of librdkafka's as text, for those that come as one secret.

/// Reads a property a line, `name=value`. Empty lines and those that begin with `#` say nothing.
///
/// # Errors
/// If a line is none.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, NoProperty> {
    let lines = text.lines().zip(1..).filter_map(|(line, number)| {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let pair = line.split_once('=').ok_or(NoProperty { line: number });
        Some(pair.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())))
    });
    lines.collect()
}

/// A line that is no property. It isn't shown: it may be a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not name=value")]
pub struct NoProperty {
    /// Which one, from 1.
    pub line: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_property_a_comment_or_wrong() {
        let text = "# ours\n\nsecurity.protocol = SASL_SSL\r\n  sasl.password=a=b\n";
        let pairs = [("security.protocol", "SASL_SSL"), ("sasl.password", "a=b")];
        let expected = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse("").unwrap(), []);
        let error = parse("a=b\nhunter2\n").unwrap_err().to_string();
        assert_eq!(error, "line 2 is not name=value");
    }
}
