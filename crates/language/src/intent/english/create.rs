//! New tasks that a verb announces.

use super::super::{Clause, Heard};
use super::eat;
use crate::command::Intent;
use crate::marks;

#[rustfmt::skip]
const NOUN: &[&str] = &[
    "task", "todo", "to-do", "to do", "to - do", "item", "reminder", "tasks", "todo item",
    "to - do item", "task item", "todos",
];
const ARTICLE: &[&str] = &["a", "an", "the", "another", "one more", "a new", "new", "me a"];
#[rustfmt::skip]
const AFTER_NOUN: &[&str] = &[
    "to", "for", "called", "named", "titled", "that says", "saying", ":", "about", "-", "–",
    "which says", "with title", "with the title", "for me to", "that i need to", "to remind me to",
];

#[rustfmt::skip]
const OBLIGATIONS: &[&str] = &[
    "i need to", "i have to", "i must", "i should", "i ought to", "i want to", "i wanna", "wanna",
    "gonna", "i'm gonna", "i am going to", "i'm going to", "i gotta", "i've got to",
    "i have got to", "i got to", "i will need to", "i'll need to", "i'll have to",
    "i am supposed to", "i'm supposed to", "we need to", "we have to", "we must", "we should",
    "need to", "have to", "gotta", "must", "don't forget to", "do not forget to", "dont forget to",
    "don't let me forget to", "do not let me forget to", "dont let me forget to", "don't forget",
    "do not forget", "remember to", "remember :", "make sure to", "make sure i",
    "make sure that i", "be sure to", "make sure we", "i'd better", "i better", "i also need to",
    "i also have to", "it's time to", "time to", "i really need to", "i still need to",
    "i must to",
];

/// "that I have to" between a verb and its title.
fn lead_in(clause: &Clause<'_>, at: usize) -> usize {
    let free = clause.free(at);
    let that = eat(clause.text, free, &["that", ": that"]);
    match clause.text.phrases(that, OBLIGATIONS) {
        Some(end) if end < clause.words.end => end,
        _ => at,
    }
}

pub fn create(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    remind(clause, start, end)
        .or_else(|| add(clause, start, end))
        .or_else(|| obligation(clause, start, end))
}

/// "remind me to X", "set a reminder for X".
fn remind(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "remind me", "remind us", "remind", "reminder", "reminder :", "set a reminder",
        "set reminder", "set me a reminder", "create a reminder", "add a reminder",
        "make a reminder", "give me a reminder", "gimme a reminder", "set up a reminder", "drop me a reminder", "notify me", "alert me", "ping me", "nudge me",
        "send me a reminder",
    ];
    let text = clause.text;
    let verb = text.phrases(start, WORDS)?;
    let mut heard = Heard::new(Intent::CreateTask, 0.95).using(start..verb);
    let mut at = verb;
    // The time may stand between: "remind me tomorrow at 5 to call".
    loop {
        let free = clause.free(at);
        let after = eat(
            text,
            free,
            &[
                "to",
                "that",
                "about",
                "of",
                ":",
                "for",
                "that i need to",
                "that i have to",
                "i need to",
                "i have to",
                ",",
            ],
        );
        if after > free {
            heard.used.push(free..after);
        }
        if after == at {
            break;
        }
        at = after;
    }
    Some(heard.titled(at..end))
}

/// "add X", "create a task to X", "put X on my list", "new task: X".
fn add(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const LISTS: &[&str] = &[
        "to my list", "to the list", "to my to do list", "to my todo list", "to my to - do list",
        "to my todos", "to my tasks", "on my list", "on the list", "on my todo list",
        "on my to do list", "on my to - do list", "to my task list", "to the todo list",
        "in my list", "in my tasks", "to my to dos", "as a task", "as a todo", "as a new task",
        "to list", "to the task list",
    ];
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "add", "create", "make", "new", "set up", "put", "put down", "note", "note down",
        "jot down", "write down", "pencil in", "make a note", "make a note of", "make a note to", "take a note",
        "take a note to", "add a note", "add a note to", "log", "enter", "register", "schedule",
    ];
    let text = clause.text;
    let list = clause.ends_with(end, LISTS);
    let to = list.unwrap_or(end);
    if let Some(after) = text.phrases(
        start,
        &[
            "todo :",
            "task :",
            "to do :",
            "to - do :",
            "note to self :",
            "note to self",
            "todo -",
            "task -",
            "reminder to self :",
            "new task :",
        ],
    ) {
        return Some(
            Heard::new(Intent::CreateTask, 0.95)
                .using(start..after)
                .using(to..end)
                .titled(after..to),
        );
    }
    let verb = text.phrases(start, VERBS)?;
    let article = eat(text, verb, ARTICLE);
    // "a high priority task to X": what stands before the noun is a mark.
    let adjective = clause.free(article);
    let adjective = if marks::adjective(text.at(adjective)).is_some()
        && text.phrases(adjective + 1, NOUN).is_some()
    {
        adjective + 1
    } else {
        adjective
    };
    let adjective = eat(text, adjective, &["new", "quick"]);
    let noun = text.phrases(adjective, NOUN);
    let is_sure = matches!(text.at(start), "add" | "create" | "new");
    let Some(noun) = noun else {
        // "put down", "note": what follows is written down as it is.
        let writes = verb > start + 1 || text.is(start, &["note", "log"]) && text.at(verb) == ":";
        let writes = writes && text.at(start) != "set";
        let worth = is_sure && text.at(start) != "new" || writes || list.is_some();
        return worth.then(|| {
            let after = lead_in(clause, verb);
            let heard = Heard::new(Intent::CreateTask, 0.93).using(start..after).using(to..end);
            heard.titled(after..to)
        });
    };
    let free = clause.free(noun);
    let after = lead_in(clause, eat(text, free, AFTER_NOUN));
    let priority =
        marks::adjective(text.at(adjective.saturating_sub(1))).filter(|_| adjective > article);
    let mut heard =
        Heard::new(Intent::CreateTask, 0.96).using(start..noun).using(free..after).using(to..end);
    heard.priority = priority;
    Some(heard.titled(after..to))
}

/// "I need to X", "don't forget to X".
fn obligation(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    let text = clause.text;
    let verb = text.phrases(start, OBLIGATIONS).filter(|verb| *verb < end)?;
    Some(Heard::new(Intent::CreateTask, 0.92).using(start..verb).titled(verb..end))
}
