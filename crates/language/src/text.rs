//! A sentence as words: cut at spaces and signs, each in a spelling that can be compared.

use std::ops::Range;

/// How many words are heard of a sentence; a person's are shorter. It bounds what a hostile one costs.
const LONGEST: usize = 1000;

/// A sentence and its words.
pub struct Text<'a> {
    pub source: &'a str,
    pub words: Vec<Word>,
    /// Whether it speaks of a timer or of snoozing, where "for 5 minutes" says when.
    pub counts_down: bool,
}

/// A run of letters, a run of digits, or one sign.
#[derive(Debug)]
pub struct Word {
    /// Its bytes in the sentence.
    pub range: Range<usize>,
    /// Lower case, digits as 0–9, one spelling of each Urdu letter, without vowel marks.
    pub norm: String,
    pub kind: Kind,
    /// No space before it.
    pub glued: bool,
    /// It begins with a capital letter.
    pub capital: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Letters,
    Digits,
    Sign,
}

impl<'a> Text<'a> {
    pub fn new(source: &'a str) -> Self {
        Self::with_names(source, &[])
    }

    /// As [`Self::new`], with words in some ranges of bytes that mean nothing, whatever they look like: a name is one.
    pub fn with_names(source: &'a str, names: &[Range<usize>]) -> Self {
        const TIMERS: &[&str] = &["timer", "alarm", "countdown", "snooze", "سنوز", "مؤخر", "موخر"];
        let mut words: Vec<Word> = Vec::new();
        let mut glued = false;
        let mut characters = source.char_indices().peekable();
        while let Some((start, first)) = characters.next() {
            let Some(kind) = kind(first) else {
                glued = false;
                continue;
            };
            let mut word = Word {
                range: start..start + first.len_utf8(),
                norm: String::new(),
                kind,
                glued,
                capital: first.is_uppercase(),
            };
            // ھر is how some type ہر.
            normalize(if first == 'ھ' { 'ہ' } else { first }, &mut word.norm);
            while let Some(&(at, next)) = characters.peek() {
                let inside = is_mark(next) || is_apostrophe(next) && letter_follows(source, at);
                let same = kind != Kind::Sign && self::kind(next) == Some(kind);
                if !(same || kind == Kind::Letters && inside) {
                    break;
                }
                normalize(next, &mut word.norm);
                word.range.end = at + next.len_utf8();
                characters.next();
            }
            words.push(word);
            glued = true;
            if words.len() == LONGEST {
                break;
            }
        }
        let is_name = |word: &Word| {
            names.iter().any(|name| name.start < word.range.end && word.range.start < name.end)
        };
        for word in words.iter_mut().filter(|word| is_name(word)) {
            // A word of no language, of the script that it has.
            word.norm = if word.norm.is_ascii() { "\u{1}" } else { "\u{640}" }.to_owned();
            word.kind = Kind::Letters;
        }
        // WHO SHOUTS NAMES NOTHING.
        if !source.chars().any(char::is_lowercase) {
            words.iter_mut().for_each(|word| word.capital = false);
        }
        let counts_down = words.iter().any(|word| TIMERS.contains(&word.norm.as_str()));
        Self { source, words, counts_down }
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The word at a place, empty beyond the end.
    pub fn at(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| &word.norm)
    }

    pub fn is(&self, index: usize, words: &[&str]) -> bool {
        words.contains(&self.at(index))
    }

    /// Whether a word follows its predecessor without a space.
    pub fn glued(&self, index: usize) -> bool {
        self.words.get(index).is_some_and(|word| word.glued)
    }

    pub fn capital(&self, index: usize) -> bool {
        self.words.get(index).is_some_and(|word| word.capital)
    }

    pub fn kind(&self, index: usize) -> Option<Kind> {
        self.words.get(index).map(|word| word.kind)
    }

    /// The number of a run of digits, and how many there are.
    pub fn digits(&self, index: usize) -> Option<(i64, usize)> {
        let word = self.words.get(index).filter(|word| word.kind == Kind::Digits)?;
        Some((word.norm.parse().ok()?, word.norm.len()))
    }

    /// Where a phrase ends that begins here. Its words are separated by spaces.
    pub fn phrase(&self, index: usize, phrase: &str) -> Option<usize> {
        (start(phrase) == start(self.at(index))).then(|| self.end_of(index, phrase))?
    }

    /// Where the longest of some phrases ends that begins here.
    pub fn phrases(&self, index: usize, phrases: &[&str]) -> Option<usize> {
        let here = start(self.at(index));
        let begins = |phrase: &&&str| start(phrase) == here;
        phrases.iter().filter(begins).filter_map(|phrase| self.end_of(index, phrase)).max()
    }

    fn end_of(&self, mut index: usize, phrase: &str) -> Option<usize> {
        let mut rest = phrase;
        loop {
            rest = rest.strip_prefix(self.at(index))?;
            index += 1;
            if rest.is_empty() {
                return Some(index);
            }
            rest = rest.strip_prefix(' ')?;
        }
    }

    /// The bytes from one word to before another.
    pub fn bytes(&self, words: Range<usize>) -> Range<usize> {
        match (self.words.get(words.start), words.end.checked_sub(1)) {
            (Some(first), Some(last)) if words.start < words.end => {
                first.range.start..self.words.get(last).map_or(self.source.len(), |it| it.range.end)
            }
            _ => 0..0,
        }
    }
}

/// How a word or a phrase begins: by a letter of Urdu, or two of English. Thousands of phrases are tried for a sentence, and
/// most differ here.
fn start(text: &str) -> [u8; 2] {
    match *text.as_bytes() {
        [] => [0, b' '],
        [first] => [first, b' '],
        [first, second, ..] => [first, second],
    }
}

fn kind(c: char) -> Option<Kind> {
    if c.to_digit(10).or_else(|| digit(c)).is_some() {
        Some(Kind::Digits)
    } else if c.is_alphanumeric() {
        Some(Kind::Letters)
    } else if c.is_whitespace() || is_invisible(c) || is_mark(c) {
        None
    } else {
        Some(Kind::Sign)
    }
}

/// The Arabic and the Urdu digits.
fn digit(c: char) -> Option<u32> {
    match c {
        '٠'..='٩' => Some(u32::from(c) - u32::from('٠')),
        '۰'..='۹' => Some(u32::from(c) - u32::from('۰')),
        _ => None,
    }
}

/// Joiners, marks of direction, control characters.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// Vowel marks and the line that stretches a word.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0610}'..='\u{061a}' | '\u{064b}'..='\u{065f}' | '\u{0670}' | '\u{06d6}'..='\u{06ed}' | '\u{0640}' | '\u{0300}'..='\u{036f}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

fn letter_follows(source: &str, apostrophe: usize) -> bool {
    source[apostrophe..].chars().nth(1).is_some_and(char::is_alphabetic)
}

fn normalize(c: char, to: &mut String) {
    match c {
        _ if is_mark(c) => {}
        '’' => to.push('\''),
        'ي' | 'ى' => to.push('ی'),
        'ك' => to.push('ک'),
        'ه' | 'ة' | 'ۃ' | 'ۀ' => to.push('ہ'),
        'أ' | 'إ' => to.push('ا'),
        _ => match digit(c).and_then(|value| char::from_digit(value, 10)) {
            Some(digit) => to.push(digit),
            None => to.extend(c.to_lowercase()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Text::new(text).words.into_iter().map(|word| word.norm).collect()
    }

    #[test]
    fn letters_digits_and_signs_are_cut() {
        assert_eq!(
            words("Call Mom at 5pm, don't!"),
            ["call", "mom", "at", "5", "pm", ",", "don't", "!"]
        );
        assert_eq!(words("15Sep 7:30a.m."), ["15", "sep", "7", ":", "30", "a", ".", "m", "."]);
    }

    #[test]
    fn urdu_has_one_spelling() {
        assert_eq!(words("كل شام ۵ بجے"), ["کل", "شام", "5", "بجے"]);
        assert_eq!(words("مُجھے یاد\u{200c}دلانا"), ["مجھے", "یاد", "دلانا"]);
    }

    #[test]
    fn bytes_are_those_of_the_sentence() {
        let text = Text::new("دودھ  کل ۵");
        assert_eq!(&text.source[text.bytes(1..3)], "کل ۵");
    }
}
