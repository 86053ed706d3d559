use crate::text::{Kind, Text};

/// What a sentence says to a question that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// "yes", "go ahead", ہاں.
    Yes,
    /// "no", "don't", نہیں; what follows may be a correction.
    No,
    /// "never mind", "cancel", رہنے دو.
    Cancel,
}

/// How a sentence answers a question, and what it says beside that: of "no, at 6" the rest is "at 6".
pub fn answer(sentence: &str) -> Option<(Answer, &str)> {
    #[rustfmt::skip]
    const YES: &[&str] = &[
        "yes", "yes please", "yeah", "yep", "yup", "ya", "y", "sure", "ok", "okay", "correct",
        "right", "that's right", "exactly", "confirm", "confirmed", "go ahead", "do it",
        "please do", "of course", "absolutely", "definitely", "sounds good", "yes do it",
        "affirmative", "ہاں", "جی", "جی ہاں", "ہاں جی", "بالکل", "ٹھیک ہے", "ٹھیک", "کر دو",
        "ہاں کر دو", "درست", "جی بالکل",
    ];
    #[rustfmt::skip]
    const NO: &[&str] = &[
        "no", "nope", "nah", "n", "no thanks", "no thank you", "don't", "do not", "please don't",
        "not that", "wrong", "incorrect", "negative", "not really", "نہیں", "جی نہیں", "نہ",
        "مت کرو", "غلط",
    ];
    #[rustfmt::skip]
    const CANCEL: &[&str] = &[
        "never mind", "nevermind", "cancel", "cancel that", "forget it", "stop", "skip it", "skip",
        "leave it", "drop it", "رہنے دو", "رہنے دیں", "چھوڑو", "چھوڑ دو", "منسوخ",
    ];
    let text = Text::new(sentence);
    let found = [(Answer::Yes, YES), (Answer::No, NO), (Answer::Cancel, CANCEL)]
        .into_iter()
        .filter_map(|(answer, phrases)| Some((text.phrases(0, phrases)?, answer)))
        .max_by_key(|(end, _)| *end);
    let (mut end, answer) = found?;
    while text.kind(end) == Some(Kind::Sign) || text.is(end, &["please", "پلیز", "thanks"]) {
        end += 1;
    }
    let rest = text.words.get(end).map_or("", |word| &sentence[word.range.start..]);
    Some((answer, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_what_follows_them() {
        for (sentence, is) in [
            ("yes", Some((Answer::Yes, ""))),
            ("Yes, please!", Some((Answer::Yes, ""))),
            ("no, at 6", Some((Answer::No, "at 6"))),
            ("nope", Some((Answer::No, ""))),
            ("never mind", Some((Answer::Cancel, ""))),
            ("ہاں", Some((Answer::Yes, ""))),
            ("نہیں، دوسرا والا", Some((Answer::No, "دوسرا والا"))),
            ("buy milk", None),
            ("notes for tomorrow", None),
        ] {
            assert_eq!(answer(sentence), is, "{sentence}");
        }
    }
}
