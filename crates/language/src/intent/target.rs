//! The words that name a task which is there already.

use std::ops::Range;

use crate::command::{Filter, Target, TargetKind};
use crate::number::ordinal;
use crate::text::{Kind, Text};

#[rustfmt::skip]
const NOUNS: &[&str] = &[
    "task", "tasks", "one", "ones", "todo", "todos", "to-do", "item", "items", "reminder",
    "reminders", "entry", "thing", "کام", "کاموں", "ٹاسک", "ٹاسکس", "والا", "والی", "والے",
    "یاددہانی", "ریمائنڈر", "الارم", "کو",
];
#[rustfmt::skip]
const ARTICLES: &[&str] = &[
    "already", "the", "a", "an", "my", "our", "your", "those", "these", "of", "about", "میرا", "میری", "میرے",
    "to",
];
const TO_DO: &[&str] = &["to - do", "to - dos", "یاد دہانی", "والا کام"];

/// What a range of words names, without the words that are used otherwise.
pub fn target(text: &Text<'_>, words: Range<usize>, taken: &[bool]) -> Option<Target> {
    let is_taken = |at: usize| taken.get(at).copied().unwrap_or(false);
    let (mut start, mut end) = (words.start, words.end);
    // The noun before a name is dropped once: "task 3", "the task called milk".
    let mut named = false;
    loop {
        let before = (start, end);
        while start < end && (is_taken(start) || is_edge(text, start)) {
            start += 1;
        }
        while start < end && (is_taken(end - 1) || is_edge(text, end - 1)) {
            end -= 1;
        }
        if start + 1 < end && text.is(start, ARTICLES) {
            start += 1;
        }
        if let Some(after) = text
            .phrases(start, &["all of", "all of the", "all the", "all my", "any of"])
            .filter(|_| start < end)
        {
            return all(text, after..end, taken);
        }
        if !named
            && start + 1 < end
            && text.is(start, NOUNS)
            && !text.is(start, &["one", "والا", "کو"])
        {
            start += 1;
            start = text
                .phrases(
                    start,
                    &[
                        "called", "named", "titled", "about", "for", "to", "number", "no .", "#",
                        "نمبر",
                    ],
                )
                .unwrap_or(start);
            named = true;
        }
        if start + 1 < end
            && (text.is(end - 1, NOUNS) || text.is(end - 1, &["کی", "کا", "کے", "کو", "پر"]))
        {
            end -= 1;
        }
        for phrase in TO_DO {
            let length = phrase.split(' ').count();
            if end > start + length && text.phrase(end - length, phrase).is_some() {
                end -= length;
            }
        }
        if (start, end) == before {
            break;
        }
    }
    if start >= end {
        return None;
    }
    if text.is(start, &["all", "every", "everything", "سب", "تمام", "سارے", "ساری"]) {
        return all(text, start..end, taken);
    }
    let said = free(text, start..end, taken);
    let kind = match () {
        () if end - start == 1 && text.is(start, LAST) => TargetKind::Last,
        () => place(text, start..end)
            .map_or_else(|| TargetKind::Title(said.clone()), TargetKind::Place),
    };
    Some(Target { words: said, kind })
}

const LAST: &[&str] = &["it", "that", "this", "them", "these", "those", "اسے", "اس", "یہ", "وہ"];

/// The words of a range that aren't used otherwise, as typed.
fn free(text: &Text<'_>, words: Range<usize>, taken: &[bool]) -> String {
    let mut pieces = Vec::new();
    let mut start = words.start;
    for at in words.start..=words.end {
        if at == words.end || taken.get(at).copied().unwrap_or(false) {
            if start < at {
                pieces.push(&text.source[text.bytes(start..at)]);
            }
            start = at + 1;
        }
    }
    pieces.join(" ")
}

fn is_edge(text: &Text<'_>, at: usize) -> bool {
    text.kind(at) == Some(Kind::Sign) && !text.is(at, &["#", "+", "&", "$"])
}

/// "all overdue tasks", "everything", سب مکمل کام.
fn all(text: &Text<'_>, words: Range<usize>, taken: &[bool]) -> Option<Target> {
    let mut end = words.end;
    while end > words.start + 1 && (text.is(end - 1, NOUNS) || text.is(end - 1, &["my", "the"])) {
        end -= 1;
    }
    let filter = match () {
        () if words.clone().any(|at| text.is(at, &["overdue", "late", "تاخیر"])) => {
            Filter::Overdue
        }
        () if words.clone().any(|at| text.is(at, &["completed", "done", "finished", "مکمل"])) => {
            Filter::Completed
        }
        () => Filter::Active,
    };
    let mut said = free(text, words.start..end, taken);
    if !text.is(words.start, &["all", "every", "everything", "سب", "تمام", "سارے", "ساری"])
    {
        said = format!("all {said}");
    }
    let said = said
        .trim()
        .replace("all the ", "all ")
        .replace("all my ", "all ")
        .replace("all of ", "all ");
    Some(Target { words: said, kind: TargetKind::All(filter) })
}

/// "second", "3", "the last": a place in the list that was shown.
fn place(text: &Text<'_>, words: Range<usize>) -> Option<i32> {
    let length = words.len();
    if let Some((value, 1..=3)) = text.digits(words.start).filter(|_| length == 1) {
        return i32::try_from(value).ok();
    }
    let (value, end) = ordinal(text, words.start)?;
    (end == words.end).then(|| i32::try_from(value).ok()).flatten()
}
