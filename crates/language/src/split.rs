//! Several commands in one sentence: "add milk and call mom tomorrow at 3".

use std::ops::Range;

use crate::intent;
use crate::text::{Kind, Text};

/// The clauses of a sentence that are commands of their own.
pub fn clauses(text: &Text<'_>, taken: &[bool]) -> Vec<Range<usize>> {
    // "…, remind me an hour before" says more of the same task.
    let free = |word: &usize| {
        text.kind(*word) != Some(Kind::Sign)
            && taken.get(*word) != Some(&true)
            && !text.is(*word, &["please", "it", "again"])
    };
    let last_free = (0..text.len()).rfind(free);
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut at = 1;
    while at < text.len() {
        let joint = joint(text, at);
        let Some(next) = joint.filter(|_| taken.get(at) != Some(&true)) else {
            at += 1;
            continue;
        };
        let verb = intent::begins(text, next).or_else(|| intent::begins_another(text, start, next));
        let commands = verb.is_some() || is_urdu_joint(text, start, at, next);
        let said_something = (start..at).any(|word| text.kind(word) == Some(Kind::Letters));
        let says_something = last_free.is_some_and(|last| last >= verb.unwrap_or(next))
            || text.is(next, &["undo", "snooze"]);
        if commands && said_something && says_something && !leads_in(text, start, at) {
            clauses.push(start..at);
            start = next;
        }
        at = next.max(at + 1);
    }
    clauses.push(start..text.len());
    clauses
}

/// What may stand between two commands, and where the second begins.
fn joint(text: &Text<'_>, at: usize) -> Option<usize> {
    #[rustfmt::skip]
    const JOINTS: &[&str] = &[
        ", and then", ", and also", "and then", "and also", ", and", ", then", "and", "then", ";",
        "؛", "۔", ".", ",", "، پھر", "، اور", "اور", "پھر", "،",
    ];
    text.phrases(at, JOINTS).or_else(|| {
        let lines = &text.source[text.words[at - 1].range.end..text.words[at].range.start];
        lines.contains('\n').then_some(at)
    })
}

/// A verb must end before اور, and more must come than one thing.
fn is_urdu_joint(text: &Text<'_>, start: usize, at: usize, next: usize) -> bool {
    let urdu =
        text.is(at, &["اور", "،", "پھر", "۔"]) || text.at(at) == "," && !text.at(next).is_ascii();
    let long = text.len() - next >= 3;
    // "…, ایک گھنٹہ پہلے یاد دلانا" and "…, ضروری ہے" belong to what came before.
    let own = (next..text.len()).take_while(|word| !intent::ends(text, *word)).count() >= 3;
    let belongs = (next..text.len()).any(|word| text.at(word) == "پہلے")
        || text.is(next, &["یہ", "ضروری", "بہت", "دوبارہ", "مٹا", "حذف"]) && text.len() - next <= 5;
    urdu && long && own && !belongs && at > start && intent::ends(text, at)
}

/// "remind me to", "please": nothing was said yet that could be done.
fn leads_in(text: &Text<'_>, start: usize, at: usize) -> bool {
    #[rustfmt::skip]
    const OPENINGS: &[&str] = &[
        "please", "ok", "okay", "hey", "hi", "oops", "remind", "so", "cortana", "alexa", "siri",
        "spindle", "اچھا", "ٹھیک", "غلطی",
    ];
    at - start <= 3 && text.is(start, OPENINGS) || intent::only_leads_in(text, start, at)
}
