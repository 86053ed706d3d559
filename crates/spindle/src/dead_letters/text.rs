//! Bytes of strangers on somebody's terminal: nothing here returns a character that does more than stand there.

use std::fmt::Write as _;

use serde::de::IgnoredAny;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Whether a character may act on a terminal, or make a line look like another. Joiners are letters' business.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line.
pub fn line(text: &str) -> String {
    escaped(text, |_| false)
}

/// The text on as many lines as it has.
pub fn lines(text: &str) -> String {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

fn escaped(text: &str, spared: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) && !spared(c) { safe.extend(c.escape_default()) } else { safe.push(c) }
    }
    safe
}

/// A JSON document, with JSON's own escapes where a terminal might act: they can only stand inside of its texts.
pub fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for c in document.chars() {
        if acts(c) {
            // Infallible, and all of them have four digits.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// At most so many columns of a line.
pub fn shortened(line: &str, columns: usize) -> String {
    if line.width() <= columns {
        return line.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let mut short: String = line
        .chars()
        .take_while(|c| {
            let width = c.width().unwrap_or(0);
            let fits = width <= left;
            left = left.saturating_sub(width);
            fits
        })
        .collect();
    short.push('…');
    short
}

/// What a key or a value is, in a word, and how it looks.
pub fn shown(bytes: &[u8]) -> (&'static str, String) {
    let Ok(text) = std::str::from_utf8(bytes) else { return ("binary", dump(bytes)) };
    let json = serde_json::from_str::<IgnoredAny>(text).ok().and_then(|_| indented(text));
    match json {
        Some(indented) => ("JSON", json_lines(&indented)),
        None => ("text", lines(text)),
    }
}

/// [`json`] on as many lines as it has.
fn json_lines(document: &str) -> String {
    document.lines().map(json).collect::<Vec<_>>().join("\n")
}

/// A header's value on one line.
pub fn value(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => line(text),
        Err(_) => bytes.iter().fold("0x".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }),
    }
}

/// Deeper documents are nobody's, and would be mostly indentation.
const DEEPEST: usize = 100;

/// A JSON document over lines; none if it is too deep. Its names, numbers and texts stay as they are: to parse and print
/// it would sort the ones, and round the others.
fn indented(document: &str) -> Option<String> {
    let mut text = String::with_capacity(document.len() * 2);
    let mut depth = 0_usize;
    let (mut inside, mut escaped) = (false, false);
    let fresh = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    for c in document.chars() {
        if inside {
            text.push(c);
            inside = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        let empty = text.ends_with(['{', '[']);
        match c {
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !empty {
                    fresh(&mut text, depth);
                }
            }
            _ if empty => fresh(&mut text, depth),
            _ => {}
        }
        text.push(c);
        match c {
            '"' => inside = true,
            '{' | '[' if depth == DEEPEST => return None,
            '{' | '[' => depth += 1,
            ',' => fresh(&mut text, depth),
            ':' => text.push(' '),
            _ => {}
        }
    }
    Some(text)
}

/// Offset, bytes and letters, 16 to a line.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (number, row) in bytes.chunks(16).enumerate() {
        let mut hex = String::new();
        for (index, byte) in row.iter().enumerate() {
            let gap = if index == 8 { "  " } else { " " };
            let _ = write!(hex, "{gap}{byte:02x}");
        }
        let letter = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
        let letters: String = row.iter().map(letter).collect();
        let _ = writeln!(text, "{:08x} {hex:<49}  |{letters}|", number * 16);
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clears the screen, sets the title, rings, overwrites the line, turns the text around.
    const HOSTILE: &str = "a\u{1b}[2J\u{9b}2J\u{1b}]0;x\u{7}\rb\u{202e}c\u{7f}\u{0}";

    fn is_tame(text: &str) -> bool {
        text.chars().all(|c| c == '\n' || !acts(c))
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_is_printed() {
        assert_eq!(line("a\u{1b}[2J\r\n\u{202e}"), "a\\u{1b}[2J\\r\\n\\u{202e}");
        let quoted = serde_json::to_string(&[HOSTILE]).unwrap();
        for text in [
            line(HOSTILE),
            lines(HOSTILE),
            value(HOSTILE.as_bytes()),
            json(&quoted),
            shown(HOSTILE.as_bytes()).1,
            shown(quoted.as_bytes()).1,
            shown(b"\xff\x1b[2J\r\n").1,
        ] {
            assert!(is_tame(&text), "{text:?}");
        }
    }

    #[test]
    fn json_means_the_same_after_it() {
        let quoted = serde_json::to_string(&[HOSTILE]).unwrap();
        let back: [String; 1] = serde_json::from_str(&json(&quoted)).unwrap();
        assert_eq!(back, [HOSTILE]);
    }

    #[test]
    fn letters_of_any_script_stay() {
        let urdu = "کل دودھ\u{200c}والا";
        assert_eq!(line(urdu), urdu);
        assert_eq!(shown(urdu.as_bytes()), ("text", urdu.to_owned()));
    }

    #[test]
    fn a_line_is_cut_by_its_columns() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("longer", 5), "long…");
        assert_eq!(shortened("日本語", 5), "日本…");
        assert_eq!(shortened("日本語", 4), "日…");
    }

    #[test]
    fn json_is_indented_and_nothing_of_it_changes() {
        let value = r#" {"z":[1.00,{}, [ ]],"a" : {"n":12345678901234567890123,"t":"x\"{,:}\\"}, "z":null} "#;
        let expected = r#"{
  "z": [
    1.00,
    {},
    []
  ],
  "a": {
    "n": 12345678901234567890123,
    "t": "x\"{,:}\\"
  },
  "z": null
}"#;
        assert_eq!(shown(value.as_bytes()), ("JSON", expected.to_owned()));
        assert_eq!(shown(b"[]"), ("JSON", "[]".to_owned()));
        assert_eq!(shown(b"7"), ("JSON", "7".to_owned()));
    }

    #[test]
    fn json_that_is_too_deep_is_text() {
        let deep = ["[", "]"].map(|bracket| bracket.repeat(100_000)).concat();
        assert_eq!(shown(deep.as_bytes()), ("text", deep));
    }

    #[test]
    fn bytes_are_dumped_with_their_offsets() {
        let bytes: Vec<u8> = (0xf0..=0xff).chain([b'h', b'i', 0x1b]).collect();
        let expected = "\
00000000  f0 f1 f2 f3 f4 f5 f6 f7  f8 f9 fa fb fc fd fe ff  |................|
00000010  68 69 1b                                          |hi.|";
        assert_eq!(shown(&bytes), ("binary", expected.to_owned()));
    }
}
