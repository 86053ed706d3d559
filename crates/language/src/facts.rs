//! What is found in a sentence besides its verbs: which words say when, how often, how important.

use std::ops::Range;

use chrono::NaiveDateTime;
use domain::Priority;

use crate::command::{Language, Lead, Part};
use crate::marks;
use crate::text::{Kind, Text};
use crate::when::{Found, Moment, Repeat, bound, moment, repeat};

/// Everything found, each with its words.
#[derive(Debug, Default)]
pub struct Facts {
    pub moments: Vec<Moment>,
    pub repeat: Option<(Repeat, Range<usize>)>,
    /// Bounds of the recurrence that stand apart from it.
    pub bounds: Vec<Range<usize>>,
    pub lead: Option<(Lead, Range<usize>)>,
    pub priority: Option<(Priority, Range<usize>)>,
    pub tags: Vec<(Vec<String>, Range<usize>)>,
    /// Whether something looked like a date and never comes.
    pub impossible: bool,
}

/// Finds them in a range of words.
pub fn facts(
    text: &Text<'_>,
    words: Range<usize>,
    now: NaiveDateTime,
    language: Language,
) -> Facts {
    let mut facts = Facts::default();
    let reminds = marks::reminds(text, words.clone());
    let mut at = words.start;
    while at < words.end {
        at = step(text, at, &words, now, language, reminds, &mut facts).max(at + 1);
    }
    // ۳۰ جون تک روزانہ
    if let Some((repeat, _)) = facts.repeat.as_mut().filter(|(repeat, _)| repeat.until.is_none())
        && let Some(index) = facts.moments.iter().position(|moment| {
            !moment.has_time() && moment.has_day() && text.at(moment.words.end - 1) == "تک"
        })
    {
        let bound = facts.moments.remove(index);
        repeat.until = bound.day();
        facts.bounds.push(bound.words);
    }
    facts
}

/// Takes what begins at a word; answers where it ends.
fn step(
    text: &Text<'_>,
    at: usize,
    words: &Range<usize>,
    now: NaiveDateTime,
    language: Language,
    reminds: bool,
    facts: &mut Facts,
) -> usize {
    let within = |end: &usize| *end <= words.end;
    if let Some((tags, end)) = marks::tag(text, at).filter(|(_, end)| within(end)) {
        facts.tags.push((tags, at..end));
        return end;
    }
    if facts.priority.is_none()
        && let Some((priority, end)) = marks::priority(text, at).filter(|(_, end)| within(end))
    {
        facts.priority = Some((priority, at..end));
        return end;
    }
    if let Some((found, _)) = &mut facts.repeat
        && let Some(end) = bound(text, at, now, found).filter(within)
    {
        facts.bounds.push(at..end);
        return end;
    }
    if facts.repeat.is_none()
        && let Some((found, end)) = repeat(text, at, now).filter(|(_, end)| within(end))
        && is_repeat(text, at, end)
    {
        let end = text.phrases(end, &["کو", "پر"]).filter(within).unwrap_or(end);
        facts.repeat = Some((found, at..end));
        return end;
    }
    let lead = marks::lead(text, at).filter(|(_, end)| within(end) && facts.lead.is_none());
    let moment = match moment(text, at, now, language == Language::Urdu) {
        Some(Found::Moment(moment)) if moment.words.end <= words.end => Some(moment),
        Some(Found::Never(nothing)) => {
            facts.impossible = true;
            return nothing.end;
        }
        _ => None,
    };
    if let Some((lead, end)) = lead {
        let dated = reminds || facts.repeat.is_some() || !facts.moments.is_empty();
        let longer = moment.as_ref().is_some_and(|moment| moment.words.end > end);
        if dated && !longer {
            facts.lead = Some((lead, at..end));
            return end;
        }
    }
    match moment {
        Some(moment) => {
            let end = moment.words.end;
            facts.moments.push(moment);
            end
        }
        None => at + 1,
    }
}

/// Whether a title may follow: of a book, a film, a song.
fn is_media(text: &Text<'_>, words: &Range<usize>) -> bool {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "watch", "read", "listen", "see", "play", "rent", "buy", "stream", "record", "finish",
        "pick", "book",
    ];
    words.clone().take(8).any(|at| text.is(at, VERBS))
}

/// "daily report" and "weekly meeting" are things unless the adverb stands at an edge or something says when.
fn is_repeat(text: &Text<'_>, at: usize, end: usize) -> bool {
    #[rustfmt::skip]
    const ADJECTIVES: &[&str] = &[
        "daily", "weekly", "monthly", "yearly", "quarterly", "biweekly", "hourly", "nightly",
        "bimonthly", "everyday", "fortnightly",
    ];
    // "Tuesdays with Morrie", "Entertainment Weekly"
    let all = 0..text.len();
    if at > 0 && text.capital(at) && is_media(text, &all) && !text.is(at, &["every", "each"]) {
        return false;
    }
    if !text.is(at, ADJECTIVES) || end > at + 1 {
        return true;
    }
    let names_a_thing = text.kind(end) == Some(Kind::Letters)
        && !crate::when::FUNCTION_WORDS.contains(&text.at(end))
        && !text.is(end, &["every", "until", "starting", "remind", "p"]);
    !names_a_thing || at == 0 && text.at(end) == ":"
}

impl Facts {
    /// Every range of words that says something, and what.
    pub fn parts(&self) -> Vec<(Part, Range<usize>)> {
        let mut parts: Vec<(Part, Range<usize>)> =
            self.moments.iter().map(|moment| (Part::Due, moment.words.clone())).collect();
        parts.extend(self.repeat.iter().map(|(_, words)| (Part::Recurrence, words.clone())));
        parts.extend(self.bounds.iter().map(|words| (Part::Recurrence, words.clone())));
        parts.extend(self.lead.iter().map(|(_, words)| (Part::Reminder, words.clone())));
        parts.extend(self.priority.iter().map(|(_, words)| (Part::Priority, words.clone())));
        parts.extend(self.tags.iter().map(|(_, words)| (Part::Tag, words.clone())));
        parts
    }

    /// Keeps the moments that say when it is due, and drops those that are words of a title.
    pub fn choose(&mut self, text: &Text<'_>, words: Range<usize>) {
        let weighed: Vec<(i32, Moment)> = std::mem::take(&mut self.moments)
            .into_iter()
            .map(|moment| (weight(text, &moment, &words), moment))
            .collect();
        let best = weighed.iter().map(|(weight, _)| *weight).max().unwrap_or(0);
        let mut chosen: Vec<(i32, Moment)> = Vec::new();
        for (weight, moment) in weighed {
            let adds = !chosen.iter().any(|(_, other)| other.rivals(&moment));
            if weight < 0 || weight < best && !adds {
                continue;
            }
            if adds {
                chosen.push((weight, moment));
            } else if chosen.iter().all(|(other, _)| *other < weight) {
                chosen.retain(|(_, other)| !other.rivals(&moment));
                chosen.push((weight, moment));
            }
        }
        self.moments = chosen.into_iter().map(|(_, moment)| moment).collect();
    }
}

/// How likely a moment says when, and is not a word of the title.
fn weight(text: &Text<'_>, moment: &Moment, words: &Range<usize>) -> i32 {
    let range = &moment.words;
    let ends = (range.end..words.end).all(|at| text.kind(at) == Some(Kind::Sign));
    let begins = range.start == words.start;
    let mut weight = i32::from(moment.marked) * 3
        + i32::from(moment.sure) * 2
        + i32::from(ends) * 2
        + i32::from(begins);
    let bare = !moment.marked && !moment.sure;
    // In the middle, before a noun and without a preposition: "finish monday report".
    let before_noun = text.kind(range.end) == Some(Kind::Letters)
        && !crate::when::FUNCTION_WORDS.contains(&text.at(range.end))
        && crate::intent::begins(text, range.end).is_none();
    if bare && !ends && !begins && before_noun {
        weight -= 2;
    }
    // Among capitals: "Friday Night Lights".
    let capital = text.capital(range.start) && !moment.marked;
    let sentence_capital = range.start == 0;
    if capital
        && text.capital(range.end)
        && !sentence_capital
        && text.kind(range.end) == Some(Kind::Letters)
    {
        weight -= 4;
    }
    // "The Day After Tomorrow", "Seven Days in May", "listen to Blue Monday", "John 3:16"
    let before = range.start.checked_sub(1).filter(|at| *at >= words.start);
    let named_before = before.is_some_and(|at| at > words.start && text.capital(at));
    let all_capital = range.len() > 1 && range.clone().all(|at| text.capital(at));
    let digits = text.digits(range.start).is_some();
    if !sentence_capital
        && (all_capital
            || named_before
                && (is_media(text, words) && text.capital(range.end - 1) || digits && bare))
    {
        weight -= 6;
    }
    if bare
        && before.is_some_and(|at| text.is(at, &["the", "a", "an", "my", "'", "\"", "“"]))
        && !ends
    {
        weight -= 1;
    }
    weight
}
