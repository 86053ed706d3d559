//! English commands: the verb comes first, after whatever is polite.

mod change;
mod create;
mod existing;
mod query;

use super::{Clause, Heard};
use crate::command::Intent;
use crate::marks;
use crate::text::{Kind, Text};
use crate::words::unit;
use change::update;
use create::create;
use existing::{complete, delete, reopen, snooze};
use query::query;

#[rustfmt::skip]
const POLITE: &[&str] = &[
    "please", "pls", "plz", "kindly", "hey", "hi", "ok", "okay", "so", "also", "then", "and",
    "just", "yes", "oh", "oops", "um", "well", "now", "can you", "could you", "would you",
    "will you", "can u", "you can", "can you please", "could you please", "i want you to",
    "i'd like you to", "i would like you to", "i need you to", "i want to", "i'd like to",
    "i would like to", "let's", "lets", "help me", "go ahead and", "can i", "may i", "could i",
    "ok so", "hey spindle", "ok google", "before i forget", "before it slips my mind", "when you get a chance",
    "when you can", "if you can", "if possible", "yo", "nvm", "btw", "fyi", "please to", "i want that you",
    "would you please", "would you mind", "do me a favor and", "real quick", "hey google", "hey siri", "hey alexa", "google", "spindle", "cortana", "siri", "alexa", "alexa ,", "hi there",
    "hello ,", "hi ,", "hey ,",
];
#[rustfmt::skip]
const POLITE_ENDS: &[&str] = &[
    "please", "pls", "plz", "thanks", "thank you", "thx", "ok", "okay", "for me", "for me please",
    "will you", "would you",
];

/// What a clause asks for. Always something: a bare imperative is a new task.
pub fn hear(clause: &Clause<'_>) -> Heard {
    let text = clause.text;
    let mut start = clause.words.start;
    let mut used = Vec::new();
    loop {
        let free = clause.free(start);
        if free > start {
            start = free;
            continue;
        }
        if text.is(start, &[",", ":", "-", "–", ".", "/", "*", "•", ">", "+", "!"])
            && start < clause.words.end
        {
            start += 1;
            continue;
        }
        match text.phrases(start, POLITE).filter(|end| *end <= clause.words.end) {
            // "so" and "now" are also what one is told; a lone "please" is nothing.
            Some(end) if end < clause.words.end => {
                used.push(start..end);
                start = end;
            }
            _ => break,
        }
    }
    let mut end = clause.words.end;
    while let Some(polite) = clause.ends_with(end, POLITE_ENDS).filter(|polite| *polite > start) {
        used.push(polite..end);
        end = polite;
    }
    let mut heard =
        [small_talk, undo, help, snooze, reopen, complete, update, delete, query, create]
            .iter()
            .find_map(|pattern| pattern(clause, start, end))
            .unwrap_or_else(|| bare(clause, start, end));
    heard.used.extend(used);
    heard
}

/// Where a command's verb ends that could begin here.
pub fn begins(text: &Text<'_>, at: usize) -> Option<usize> {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "add", "create", "make a", "remind me", "delete", "remove", "cancel", "complete", "mark",
        "finish", "check off", "tick off", "cross off", "reopen", "move", "reschedule", "postpone",
        "rename", "change", "update", "show", "list", "undo", "snooze", "i need to", "i have to",
        "don't forget to", "do not forget to", "remember to", "set a reminder", "also add",
        "then add", "also remind me", "also", "please", "i must", "get rid of", "tag", "uncheck",
        "erase", "schedule", "i finished", "i've finished",
    ];
    text.phrases(at, VERBS)
}

/// Where the verb ends of a new task that follows a command about a thing: "add milk and call mom". After a command that
/// names something to do ("remind me to buy milk and call mom") it is more of the same.
pub fn begins_another(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    #[rustfmt::skip]
    const ABOUT_THINGS: &[&str] = &[
        "add", "delete", "remove", "cancel", "complete", "finish", "check off", "tick off", "cross off", "reopen", "undo", "snooze",
        "i finished", "i've finished", "get rid of", "erase", "done with",
    ];
    #[rustfmt::skip]
    const TO_DO: &[&str] = &[
        "call", "email", "text", "phone", "ring", "message", "buy", "get", "pick up", "drop off", "send", "pay", "book", "write", "clean",
        "wash", "water", "feed", "take", "fix", "read", "watch", "visit", "meet", "ask", "tell", "check", "review", "submit", "order",
        "return", "renew", "prepare", "cook", "bake", "go", "do", "make", "bring", "walk", "print", "sign", "file", "study", "practice",
        "iron", "mow", "vacuum", "order", "reply", "respond", "apply", "register", "charge", "pack", "back up", "download", "install",
    ];
    let mut from = start;
    while let Some(end) = text.phrases(from, POLITE) {
        from = end;
    }
    let thing = text.phrases(from, ABOUT_THINGS)?;
    let thing = eat(text, thing, &["a task to", "a todo to", "a task", "the", "a", "my"]);
    let names_thing = text.phrases(thing, TO_DO).is_none() && at > thing;
    text.phrases(at, TO_DO).filter(|_| names_thing)
}

/// Whether some words only lead in to what is asked for.
pub fn only_leads_in(text: &Text<'_>, from: usize, to: usize) -> bool {
    let mut at = from;
    while at < to {
        match text.phrases(at, POLITE) {
            Some(end) => at = end,
            None if text.kind(at) == Some(Kind::Sign) => at += 1,
            None => return false,
        }
    }
    true
}

/// Words in their order; of each step one phrase, or none where the step may be left out.
fn eat(text: &Text<'_>, at: usize, phrases: &[&str]) -> usize {
    text.phrases(at, phrases).unwrap_or(at)
}

fn undo(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const WHAT: &[&str] = &[
        "the last", "my last command", "that", "it", "this", "my last change", "the last change",
        "the last action", "the last command", "last change", "last action", "the last one",
        "my last action", "the last thing",
    ];
    let text = clause.text;
    let verb = text.phrases(
        start,
        &[
            "undo",
            "revert",
            "roll back",
            "rollback",
            "take back",
            "take that back",
            "ctrl z",
            "ctrl - z",
        ],
    )?;
    let rest = eat(text, verb, WHAT);
    clause.is_empty(rest..end).then(|| Heard::new(Intent::Undo, 0.97).using(start..rest))
}

fn help(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const WHOLE: &[&str] = &[
        "help", "show help", "show me the help", "show me help", "what can you do",
        "what can i say", "what can i do", "how does this work", "how do you work",
        "how does it work", "commands", "help me", "what do you understand", "who are you",
        "what are you",
    ];
    #[rustfmt::skip]
    const STARTS: &[&str] = &[
        "how do i", "how can i", "how to", "what commands", "what kind of commands",
        "which commands",
    ];
    let text = clause.text;
    // "help me" was taken as polite.
    let whole = text
        .phrases(clause.words.start, WHOLE)
        .or_else(|| text.phrases(start, WHOLE))
        .map(|rest| eat(text, rest, POLITE_ENDS))
        .filter(|rest| clause.is_empty(*rest..end));
    let about_us = text.phrases(start, STARTS).filter(|rest| {
        (*rest..end).any(|at| {
            text.phrases(at, &["use this", "use it", "use you"]).is_some()
                || text.is(
                    at,
                    &["task", "tasks", "reminder", "reminders", "todo", "todos", "you", "commands"],
                )
        })
    });
    if whole.is_none() && about_us.is_none() {
        return None;
    }
    Some(Heard::new(Intent::Help, if whole.is_some() { 0.95 } else { 0.85 }).using(start..end))
}

fn small_talk(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const WHOLE: &[&str] = &[
        "hello", "hi", "hey", "yo", "hiya", "good morning", "good afternoon", "good evening",
        "good night", "thanks", "thank you", "thanks a lot", "thx", "ok", "okay", "yes", "no",
        "yeah", "yep", "nope", "sure", "cool", "nice", "great", "awesome", "lol", "haha",
        "haha nice", "bye", "goodbye", "see you", "how are you", "what's up", "whats up", "sup",
        "never mind", "nevermind", "who are you", "hello there", "hi there",
    ];
    let text = clause.text;
    let from = clause.words.start;
    // "thanks, you're the best"
    let kind = text.phrases(from, &["thanks", "thank you", "thx", "nice to"]).is_some();
    if kind && clause.words.len() <= 9 && !clause.dated && !clause.marked {
        return Some(Heard::new(Intent::Unknown, 0.85));
    }
    let whole = text.phrases(from, WHOLE).filter(|rest| {
        let next = eat(
            text,
            *rest,
            &["spindle", "there", "cortana", "siri", "everyone", "all", "so much", "very much"],
        );
        (next..end).all(|at| text.kind(at) == Some(Kind::Sign))
    });
    if whole.is_some() {
        return Some(Heard::new(Intent::Unknown, 0.95));
    }
    let nothing = (from..clause.words.end).all(|at| text.kind(at) != Some(Kind::Letters));
    (start >= end || nothing && !clause.dated).then(|| Heard::new(Intent::Unknown, 0.9))
}

/// Nothing that we know: a bare imperative is a new task; a question or a statement may be none.
fn bare(clause: &Clause<'_>, start: usize, end: usize) -> Heard {
    #[rustfmt::skip]
    const QUESTIONS: &[&str] = &[
        "who", "whose", "why", "how", "where", "is", "are", "was", "were", "does", "did", "do",
        "am", "should", "what", "which", "when", "will", "would", "could", "can", "have",
    ];
    let text = clause.text;
    let words = (start..end).filter(|at| text.kind(*at) == Some(Kind::Letters)).count();
    let free = (start..end)
        .filter(|at| text.kind(*at) == Some(Kind::Letters) && !clause.is_taken(*at))
        .count();
    let asks = text.is(start, QUESTIONS) && (start..clause.words.end).any(|at| text.at(at) == "?");
    if asks || text.is(start, &["who", "why", "how"]) {
        return Heard::new(Intent::Unknown, 0.8);
    }
    if free == 0 && clause.dated {
        // A piece of an answer: "tomorrow at 5".
        return Heard::new(Intent::Unknown, 0.6);
    }
    if words == 1 && !clause.dated && !clause.marked && is_noise(text.at(start)) {
        return Heard::new(Intent::Unknown, 0.8);
    }
    let speaks = text.is(
        start,
        &[
            "i", "i'm", "i'll", "we", "he", "she", "they", "it", "the", "this", "that", "there",
            "you",
        ],
    );
    // Who speaks of "you" says more than a title.
    let tells = (start..end).any(|at| text.is(at, &["you", "i"]));
    let marked = clause.dated || clause.marked;
    let clarity = match (speaks, marked, words) {
        (true, true, _) => 0.7,
        (true, false, _) => 0.4,
        (false, _, _) if tells => 0.55,
        (false, true, _) => 0.9,
        (false, false, 1) => 0.6,
        (false, false, _) => 0.72,
    };
    let unit_alone = words == 1 && unit(text.at(start)).is_some();
    let mut heard =
        Heard::new(Intent::CreateTask, if unit_alone { 0.3 } else { clarity }).titled(start..end);
    // "…, remind me an hour before"
    for at in start..end {
        if let Some(after) = marks::remind(text, at).filter(|after| *after <= end) {
            let from = if at > start && text.is(at - 1, &["and", ","]) { at - 1 } else { at };
            heard.used.push(from..after);
        }
    }
    heard
}

/// Letters that make no word: no vowel, or many consonants in a row.
fn is_noise(word: &str) -> bool {
    let vowel = |c: char| "aeiouy".contains(c) || !c.is_ascii();
    let mut run = 0;
    let longest = word
        .chars()
        .map(|c| {
            run = if vowel(c) { 0 } else { run + 1 };
            run
        })
        .max()
        .unwrap_or(0);
    longest >= 5 || word.len() > 2 && !word.chars().any(vowel)
}
