//! Texts of others: on one line, shortened, escaped.

/// On one line, without control characters and with single spaces.
pub fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// At most `most` characters, `…` among them where something is missing; cut between words if one is near.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    let between = kept.rfind(char::is_whitespace).filter(|at| at * 4 >= kept.len() * 3);
    format!("{}…", kept[..between.unwrap_or(kept.len())].trim_end())
}

/// As text of HTML, and as an attribute's value between double quotes.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // HTML has no place for them.
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => html.push(c),
        }
    }
    html
}

/// The value of a header: as it is where it is plain ASCII, else in encoded words (RFC 2047), which take up to 75 characters.
pub fn header_value(text: &str) -> String {
    use base64ct::{Base64, Encoding as _};
    /// Bytes of a word that is not longer than 75 characters.
    const WORD: usize = 45;

    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if is_plain && !text.contains("=?") {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for c in text.chars() {
        if words.last().is_none_or(|word| word.len() + c.len_utf8() > WORD) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let encoded = |word: &String| format!("=?UTF-8?B?{}?=", Base64::encode_string(word.as_bytes()));
    words.iter().map(encoded).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_many_lines_becomes_one() {
        assert_eq!(one_line(" a\r\nBcc: b\u{0}\t c\u{85}"), "a Bcc: b c");
    }

    #[test]
    fn a_text_is_cut_between_words_if_one_is_near() {
        assert_eq!(shortened("call mom", 8), "call mom");
        assert_eq!(shortened("call mom tonight", 10), "call mom…");
        assert_eq!(shortened("a bbbbbbbbbbbbbbbb", 10), "a bbbbbbb…");
        assert_eq!(shortened("دودھ", 3), "دو…");
    }

    #[test]
    fn html_of_others_stays_text() {
        assert_eq!(
            escaped("<a href=\"x\" id='y'>&\u{0}\n"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;\n"
        );
    }

    #[test]
    fn a_header_is_encoded_where_it_is_not_plain() {
        assert_eq!(header_value("call mom"), "call mom");
        assert_eq!(header_value("دودھ"), "=?UTF-8?B?2K/ZiNiv2r4=?=");
        assert_eq!(header_value("=?x"), "=?UTF-8?B?PT94?=");
        let long = header_value(&"é".repeat(500));
        for word in long.split(' ') {
            assert!(word.len() <= 75 && word.starts_with("=?UTF-8?B?"), "{word}");
        }
    }
}
