//! Commands about a task that is there already, but for changes: snooze, reopen, complete, delete.

use super::super::{Clause, Heard};
use super::eat;
use crate::command::Intent;

pub fn snooze(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    let text = clause.text;
    if let Some(after) = text.phrases(
        start,
        &[
            "remind me again",
            "remind me later",
            "remind me about it again",
            "remind me about this again",
            "remind me about that again",
        ],
    ) {
        let rest = eat(text, after, &["later", "about it", "about that", "in a bit", "in a while"]);
        return clause
            .is_empty(rest..end)
            .then(|| Heard::new(Intent::SnoozeReminder, 0.9).using(start..rest));
    }
    let after = text.phrases(start, &["snooze"])?;
    Some(Heard::new(Intent::SnoozeReminder, 0.95).using(start..after).of(after..end))
}

pub fn reopen(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "reopen", "re - open", "uncomplete", "uncheck", "unmark", "un - complete", "reactivate",
        "undelete",
    ];
    #[rustfmt::skip]
    const NOT: &[&str] = &[
        "as not done", "not done", "as incomplete", "incomplete", "as not completed",
        "as not complete", "as undone", "undone", "as unfinished", "as open", "to not done", "back to not done", "to incomplete", "back to incomplete",
        "as still open", "to undone", "back to open", "to open",
    ];
    #[rustfmt::skip]
    const IS_NOT: &[&str] = &[
        "isn't done", "is not done", "isn't done yet", "is not done yet", "isn't finished",
        "is not finished", "wasn't done", "isn't complete",
    ];
    let text = clause.text;
    if let Some(after) = text.phrases(start, VERBS) {
        let ends = clause
            .ends_with(end, &["as done", "as complete", "as completed"])
            .filter(|_| text.at(start) == "unmark")
            .unwrap_or(end);
        return Some(
            Heard::new(Intent::ReopenTask, 0.95)
                .using(start..after)
                .using(ends..end)
                .of(after..ends),
        );
    }
    if let Some(verb) = text.phrases(start, &["mark", "set", "make"])
        && let Some(not) = clause.ends_with(end, NOT).filter(|not| *not > verb)
    {
        return Some(
            Heard::new(Intent::ReopenTask, 0.95).using(start..verb).using(not..end).of(verb..not),
        );
    }
    let not = clause.ends_with(end, IS_NOT).filter(|not| *not > start)?;
    Some(Heard::new(Intent::ReopenTask, 0.85).using(not..end).of(start..not))
}

pub fn complete(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const DONE: &[&str] = &[
        "as done", "done", "as complete", "as completed", "complete", "completed", "as finished",
        "finished", "off", "off my list", "off the list", "as checked", "as closed", "off as done",
    ];
    #[rustfmt::skip]
    const IS_DONE: &[&str] = &[
        "is done", "is finished", "is complete", "is completed", "are done", "has been done",
        "'s done", "is ready and done",
    ];
    #[rustfmt::skip]
    const I_DID: &[&str] = &[
        "finished", "completed", "i finished", "i've finished", "i have finished", "i completed",
        "i've completed", "i have completed", "i'm done with", "im done with", "i am done with",
        "done with", "finished with", "just finished", "i just finished", "i've just finished",
        "i just completed", "just completed", "i did", "i've done", "i have done", "done :",
        "done -", "finished :", "completed :", "done ,",
    ];
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "check off", "tick off", "cross off", "cross out", "close out", "strike off", "tick",
        "mark off", "close",
    ];
    let text = clause.text;
    if let Some(verb) = text.phrases(start, &["mark", "check", "tick", "cross", "set"])
        && let Some(done) = clause.ends_with(end, DONE).filter(|done| *done > verb)
    {
        return Some(
            Heard::new(Intent::CompleteTask, 0.97)
                .using(start..verb)
                .using(done..end)
                .of(verb..done),
        );
    }
    if let Some(verb) = text.phrases(start, I_DID) {
        return Some(Heard::new(Intent::CompleteTask, 0.93).using(start..verb).of(verb..end));
    }
    if let Some(verb) = text.phrases(start, VERBS).filter(|_| !clause.dated && !clause.marked) {
        return Some(Heard::new(Intent::CompleteTask, 0.93).using(start..verb).of(verb..end));
    }
    if let Some(done) = clause.ends_with(end, IS_DONE).filter(|done| *done > start && !clause.dated)
    {
        return Some(Heard::new(Intent::CompleteTask, 0.88).using(done..end).of(start..done));
    }
    if let Some(verb) = i_did(clause, start) {
        return Some(Heard::new(Intent::CompleteTask, 0.72).using(start..verb).of(verb..end));
    }
    // "finish the report by friday" is to be done; "complete the report" was.
    let verb = text.phrases(start, &["complete", "finish"])?;
    let sure = text.at(start) == "complete";
    (!clause.dated && !clause.marked && !clause.is_empty(verb..end)).then(|| {
        Heard::new(Intent::CompleteTask, if sure { 0.9 } else { 0.72 })
            .using(start..verb)
            .of(verb..end)
    })
}

/// "I bought the milk", "I've called the bank": where its verb ends.
fn i_did(clause: &Clause<'_>, start: usize) -> Option<usize> {
    #[rustfmt::skip]
    const PAST: &[&str] = &[
        "bought", "paid", "sent", "wrote", "did", "made", "took", "got", "went to", "picked up", "fed", "read", "met", "spoke to",
        "told", "gave", "brought", "cut", "put", "ran", "swept",
    ];
    let text = clause.text;
    let verb = text
        .phrases(start, &["i", "i've", "i have", "i just", "i already", "i've already", "just"])?;
    let regular =
        text.at(verb).len() > 4 && text.at(verb).ends_with("ed") && text.at(verb) != "need";
    let end = text.phrases(verb, PAST).or_else(|| regular.then_some(verb + 1))?;
    (!clause.dated && !clause.is_empty(end..clause.words.end)).then_some(end)
}

pub fn delete(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const SURE: &[&str] = &[
        "delete", "remove", "get rid of", "erase", "trash", "discard", "del", "throw away",
    ];
    const DOUBTFUL: &[&str] = &[
        "cancel", "drop", "clear", "scratch", "forget", "scrap", "bin", "ditch", "kill", "axe",
        "wipe",
    ];
    let text = clause.text;
    let from_list = clause.ends_with(
        end,
        &[
            "from my list",
            "from the list",
            "from my todo list",
            "from my tasks",
            "from my todos",
            "from list",
        ],
    );
    let to = from_list.unwrap_or(end);
    if let Some(verb) = text.phrases(start, SURE) {
        return Some(
            Heard::new(Intent::DeleteTask, 0.96).using(start..verb).using(to..end).of(verb..to),
        );
    }
    // "take the doctor appointment off my list"
    let off = clause
        .ends_with(end, &["off my list", "off the list", "off my to do list", "off my todo list"]);
    if let Some((verb, off)) = text.phrases(start, &["take", "get", "knock", "strike"]).zip(off) {
        return Some(
            Heard::new(Intent::DeleteTask, 0.9).using(start..verb).using(off..end).of(verb..off),
        );
    }
    let verb = text.phrases(start, DOUBTFUL)?;
    let names_task = (verb..end)
        .any(|at| text.is(at, &["task", "tasks", "one", "todo", "reminder", "it", "that", "all"]));
    (names_task || !clause.dated).then(|| {
        Heard::new(Intent::DeleteTask, if names_task { 0.93 } else { 0.75 })
            .using(start..verb)
            .using(to..end)
            .of(verb..to)
    })
}
