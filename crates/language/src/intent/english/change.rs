//! Changes of a task: its name, its fields, its date.

use super::super::{Clause, Heard};
use super::eat;
use crate::command::Intent;
use crate::marks;
use crate::text::Kind;

pub fn update(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    rename(clause, start, end)
        .or_else(|| set_field(clause, start, end))
        .or_else(|| tag_with(clause, start, end))
        .or_else(|| move_to(clause, start, end))
}

/// "rename milk to oat milk", "change the title of X to Y".
fn rename(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "rename", "retitle", "change the title of", "change the name of", "change title of",
        "change name of", "update the title of", "set the title of", "edit the title of",
    ];
    let text = clause.text;
    let verb = text.phrases(start, VERBS)?;
    let to = (verb + 1..end).find(|at| text.is(*at, &["to", "as", "into"]))?;
    Some(
        Heard::new(Intent::UpdateTask, 0.95)
            .using(start..verb)
            .using(to..to + 1)
            .of(verb..to)
            .titled(to + 1..end),
    )
}

/// "set the priority of X to high", "change the due date of X to friday", "change the reminder for X to 30 minutes before".
fn set_field(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const FIELDS: &[&str] = &[
        "priority", "due date", "deadline", "due time", "date", "time", "reminder",
        "reminder time", "recurrence", "schedule", "tags", "tag", "description",
    ];
    let text = clause.text;
    let verb = text.phrases(
        start,
        &["set", "change", "update", "edit", "modify", "move", "make", "raise", "lower"],
    )?;
    let field_at = eat(text, verb, &["the", "its"]);
    let field_end = text.phrases(field_at, FIELDS)?;
    let of = text.phrases(field_end, &["of", "for", "on"]).unwrap_or(field_end);
    let to = (of..end)
        .find(|at| text.is(*at, &["to", "as", "at"]) || *at > of && clause.is_taken(*at))
        .unwrap_or(end);
    let level_at = eat(text, to, &["to", "as"]);
    let level = marks::level(text.at(level_at))
        .or_else(|| marks::adjective(text.at(level_at)))
        .filter(|_| text.at(field_at) == "priority");
    let used_to = if level.is_some() { level_at + 1 } else { level_at.max(to) };
    let mut heard =
        Heard::new(Intent::UpdateTask, 0.93).using(start..of).using(to..used_to.min(end));
    heard.priority = level;
    Some(if of > field_end { heard.of(of..to) } else { heard })
}

/// "tag the report with #work", "add #home to the milk task".
fn tag_with(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    let text = clause.text;
    if let Some(verb) = text.phrases(start, &["tag", "label"]) {
        let with = (verb + 1..end).find(|at| text.is(*at, &["with", "as"])).unwrap_or(end);
        return clause.marked.then(|| {
            Heard::new(Intent::UpdateTask, 0.93)
                .using(start..verb)
                .using(with..(with + 1).min(end))
                .of(verb..with)
        });
    }
    let verb = text.phrases(start, &["add", "put"])?;
    let free = clause.free(eat(text, verb, &["the tag", "tag", "a tag"]));
    if free == verb || !clause.marked {
        return None;
    }
    let to = text.phrases(free, &["to", "on", "to the", "on the"])?;
    Some(Heard::new(Intent::UpdateTask, 0.9).using(start..verb).using(free..to).of(to..end))
}

/// "move X to friday", "make X high priority", "push the report to next week".
fn move_to(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const MOVE: &[&str] = &[
        "move", "reschedule", "postpone", "delay", "push", "push back", "shift", "bring forward",
        "defer", "put off", "bump", "pull forward", "advance", "re - schedule", "prepone",
    ];
    const CHANGE: &[&str] = &["change", "update", "set", "make", "mark", "edit", "modify", "turn"];
    let text = clause.text;
    // "make the bank task urgent"
    let last = (start..end).rfind(|at| text.kind(*at) == Some(Kind::Letters))?;
    let level = marks::adjective(text.at(last)).filter(|_| !clause.is_taken(last));
    if let (Some(verb), Some(level)) =
        (text.phrases(start, &["make", "mark", "set", "flag"]), level)
    {
        let to = if text.is(last - 1, &["as", "to"]) { last - 1 } else { last };
        let named = !clause.is_empty(verb..to) && !text.is(verb, &["a", "an", "me"]);
        if named {
            let heard = Heard::new(Intent::UpdateTask, 0.93).using(start..verb).using(to..end);
            let mut heard = heard.of(verb..to);
            heard.priority = Some(level);
            return Some(heard);
        }
    }
    let moving = text.phrases(start, MOVE);
    let verb = moving.or_else(|| text.phrases(start, CHANGE))?;
    let changes = clause.dated || clause.marked;
    // "move the laundry to the dryer tomorrow" is a thing to do.
    let elsewhere = (verb + 1..end).any(|at| {
        text.at(at) == "to" && !clause.is_taken(at) && clause.taken.get(at + 1) == Some(&false)
    });
    if moving.is_some() && elsewhere && !text.is(verb, &["it", "that"]) {
        return None;
    }
    if moving.is_none() && text.is(verb, &["a", "an", "another", "me", "sure"])
        || text.at(start) == "make" && !changes
    {
        return None;
    }
    let mut to = end;
    while to > verb && (clause.is_spent(to - 1)) {
        to -= 1;
    }
    // What binds the change to its task: "to", "repeat".
    let tail = clause.ends_with(
        to,
        &[
            "to",
            "until",
            "till",
            "for",
            "as",
            "repeat",
            "to repeat",
            "be",
            "to be",
            "into",
            "recur",
            "at",
            "is",
            "back",
            "back to",
            "forward",
            "forward to",
        ],
    );
    let target_end = tail.filter(|tail| *tail > verb).unwrap_or(to);
    // "change the oil tomorrow" is a thing to do, too.
    let names_task =
        (verb..to).any(|at| text.is(at, &["task", "one", "todo", "reminder", "it", "that"]));
    if moving.is_none() && tail.is_none() && !clause.marked && !names_task {
        return None;
    }
    let clarity = match (moving.is_some(), changes) {
        (true, true) => 0.95,
        (false, true) => 0.88,
        (true, false) => 0.6,
        (false, false) => 0.55,
    };
    let named = !clause.is_empty(verb..target_end);
    (named || changes).then(|| {
        let heard =
            Heard::new(Intent::UpdateTask, clarity).using(start..verb).using(target_end..to);
        if named { heard.of(verb..target_end) } else { heard }
    })
}
