//! A sentence as a whole: its clauses, and the commands that they make.

use std::ops::Range;

use chrono::NaiveDateTime;

use crate::command::{Command, Intent, Language, Lead, Part, Recurrence, Span};
use crate::facts::{Facts, facts};
use crate::intent::{Clause, Heard, hear, target};
use crate::marks;
use crate::split::clauses;
use crate::text::{Kind, Text};
use crate::title::title;
use crate::when::first_time;
use crate::words::{DayPart, weekday};

/// What a sentence asks for, at least one command. `reference` is the author's local time when it was said; `language`
/// is a hint for sentences that don't show theirs, such as "ok".
pub fn parse(sentence: &str, reference: NaiveDateTime, language: Option<Language>) -> Vec<Command> {
    parse_with_names(sentence, &[], reference, language)
}

/// As [`parse`], where its author has said that some words, by their bytes, are names and mean nothing else.
pub fn parse_with_names(
    sentence: &str,
    names: &[Range<usize>],
    reference: NaiveDateTime,
    language: Option<Language>,
) -> Vec<Command> {
    let text = Text::with_names(sentence, names);
    let language = language_of(sentence, language);
    let whole = facts(&text, 0..text.len(), reference, language);
    let mut taken = vec![false; text.len()];
    for (_, words) in whole.parts() {
        taken[words].fill(true);
    }
    let clauses = clauses(&text, &taken);
    if let [words] = clauses.as_slice() {
        return vec![command(&text, words.clone(), reference, language, whole)];
    }
    let of_clause = |words: Range<usize>| {
        let facts = facts(&text, words.clone(), reference, language);
        command(&text, words, reference, language, facts)
    };
    clauses.into_iter().map(of_clause).collect()
}

/// Urdu mixes English in, and hardly the other way round; without letters, the hint.
fn language_of(sentence: &str, hint: Option<Language>) -> Language {
    if sentence.chars().any(|c| matches!(c, '\u{0600}'..='\u{06ff}')) {
        return Language::Urdu;
    }
    let latin = sentence.chars().any(|c| c.is_ascii_alphabetic());
    if latin { Language::English } else { hint.unwrap_or(Language::English) }
}

fn command(
    text: &Text<'_>,
    words: Range<usize>,
    now: NaiveDateTime,
    language: Language,
    mut facts: Facts,
) -> Command {
    facts.choose(text, words.clone());
    let mut taken = vec![false; text.len()];
    let parts = facts.parts();
    for (_, range) in &parts {
        taken[range.clone()].fill(true);
    }
    let clause = Clause {
        text,
        words: words.clone(),
        taken: &taken,
        dated: !facts.moments.is_empty() || facts.repeat.is_some() || facts.lead.is_some(),
        marked: facts.priority.is_some() || !facts.tags.is_empty(),
    };
    let heard = hear(&clause, language);
    let mut used = taken.clone();
    for range in &heard.used {
        let end = range.end.min(used.len());
        used[range.start.min(end)..end].fill(true);
    }
    build(text, &words, now, language, &facts, &heard, parts, &taken, &used)
}

#[allow(clippy::too_many_arguments, reason = "all that is known of a clause")]
fn build(
    text: &Text<'_>,
    words: &Range<usize>,
    now: NaiveDateTime,
    language: Language,
    facts: &Facts,
    heard: &Heard,
    parts: Vec<(Part, Range<usize>)>,
    taken: &[bool],
    used: &[bool],
) -> Command {
    let mut moment = facts.moments.first().cloned();
    if let Some(moment) = &mut moment {
        for other in facts.moments.iter().skip(1) {
            moment.complete(other);
        }
    }
    if let Some(moment) = &mut moment
        && words.clone().any(|at| is_of_the_morning(text.at(at)))
    {
        moment.assume(DayPart::Morning);
    }
    let due = match &facts.repeat {
        Some((repeat, _)) => first_time(repeat, moment.as_ref(), now),
        None => moment.as_ref().and_then(|moment| moment.due(now)),
    };
    let timeless = matches!(
        heard.intent,
        Intent::Undo | Intent::Help | Intent::DeleteTask | Intent::ReopenTask
    );
    let reminded =
        heard.intent == Intent::CreateTask && marks::reminds(text, words.clone()) && due.is_some();
    let reminder = facts.lead.as_ref().map(|(lead, _)| *lead).or(reminded.then(Lead::default));
    let named = heard.title.clone().and_then(|title_words| title(text, title_words, used));
    let wanted = heard.target.clone().and_then(|range| target(text, range, taken));
    let mut command = Command {
        intent: heard.intent,
        title: named,
        due: due.filter(|_| !timeless),
        recurrence: facts.repeat.as_ref().filter(|_| !timeless).map(|(repeat, _)| Recurrence {
            rule: repeat.rule(),
            after_completion: repeat.after_completion,
        }),
        reminder: reminder.filter(|_| heard.intent != Intent::SnoozeReminder && !timeless),
        priority: heard.priority.or(facts.priority.as_ref().map(|(level, _)| *level)),
        tags: facts.tags.iter().flat_map(|(tags, _)| tags.clone()).collect(),
        target: wanted,
        language,
        confidence: 0.0,
        spans: Vec::new(),
    };
    if command.intent == Intent::CreateTask && command.title.is_none() {
        command.intent = Intent::Unknown;
    }
    command.confidence = confidence(text, words, facts, heard, &command, used);
    command.spans = spans(text, words, heard, parts, used);
    command
}

/// What one does in the morning: "wake me up at 6".
fn is_of_the_morning(word: &str) -> bool {
    matches!(
        word,
        "wake"
            | "breakfast"
            | "sunrise"
            | "dawn"
            | "fajr"
            | "sehri"
            | "سحری"
            | "ناشتہ"
            | "ناشتے"
            | "فجر"
            | "جگانا"
    )
}

/// How likely the whole is right: how clear its verbs are, less what speaks against it.
fn confidence(
    text: &Text<'_>,
    words: &Range<usize>,
    facts: &Facts,
    heard: &Heard,
    command: &Command,
    used: &[bool],
) -> f64 {
    let mut confidence = heard.clarity;
    let mut doubt = |share: f64| confidence *= share;
    if facts.impossible {
        doubt(0.6);
    }
    let needs_target = matches!(
        heard.intent,
        Intent::UpdateTask | Intent::CompleteTask | Intent::DeleteTask | Intent::ReopenTask
    );
    if needs_target && command.target.is_none() {
        doubt(0.6);
    }
    if command.intent == Intent::Unknown && heard.intent == Intent::CreateTask {
        doubt(0.5);
    }
    let unsure = facts.moments.iter().any(|moment| !moment.marked && !moment.sure);
    if unsure {
        doubt(0.92);
    }
    // A weekday in a title may have been meant as one.
    let left =
        words.clone().any(|at| used.get(at) != Some(&true) && weekday(text.at(at)).is_some());
    if left && command.intent == Intent::CreateTask {
        doubt(0.9);
    }
    if words.len() > 40 {
        doubt(0.8);
    }
    confidence.clamp(0.0, 1.0)
}

fn spans(
    text: &Text<'_>,
    words: &Range<usize>,
    heard: &Heard,
    parts: Vec<(Part, Range<usize>)>,
    used: &[bool],
) -> Vec<Span> {
    let mut ranges = parts;
    let free = |range: &Range<usize>| {
        range.clone().any(|at| text.kind(at) != Some(Kind::Sign) && used.get(at) != Some(&true))
    };
    ranges.extend(
        heard
            .used
            .iter()
            .filter(|range| !range.is_empty())
            .map(|range| (Part::Intent, range.clone())),
    );
    ranges.extend(
        heard.title.iter().filter(|range| free(range)).map(|range| (Part::Title, range.clone())),
    );
    ranges.extend(
        heard.target.iter().filter(|range| free(range)).map(|range| (Part::Target, range.clone())),
    );
    // Who comes first has a word for itself; of a title the gaps go to what stands in them.
    let mut owner: Vec<Option<Part>> = vec![None; text.len()];
    for (part, range) in ranges {
        for at in range.start..range.end.min(owner.len()) {
            owner[at] = owner[at].or(Some(part));
        }
    }
    let mut spans: Vec<Span> = Vec::new();
    let mut previous = None;
    for at in words.clone() {
        let part = owner.get(at).copied().flatten();
        let bytes = text.bytes(at..at + 1);
        match (part, spans.last_mut()) {
            (Some(part), Some(span)) if previous == Some(part) => span.range.end = bytes.end,
            (Some(part), _) => spans.push(Span { part, range: bytes }),
            (None, _) => {}
        }
        previous = part;
    }
    spans
}
