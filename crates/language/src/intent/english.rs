//! English commands: the verb comes first, after whatever is polite.

use std::ops::Range;

use super::{Clause, Heard};
use crate::command::Intent;
use crate::marks;
use crate::text::{Kind, Text};
use crate::words::unit;

#[rustfmt::skip]
const POLITE: &[&str] = &[
    "please", "pls", "plz", "kindly", "hey", "hi", "ok", "okay", "so", "also", "then", "and",
    "just", "yes", "oh", "oops", "um", "well", "now", "can you", "could you", "would you",
    "will you", "can u", "you can", "can you please", "could you please", "i want you to",
    "i'd like you to", "i would like you to", "i need you to", "i want to", "i'd like to",
    "i would like to", "let's", "lets", "help me", "go ahead and", "can i", "may i", "could i",
    "ok so", "hey spindle", "spindle", "cortana", "siri", "alexa", "alexa ,", "hi there",
    "hello ,", "hi ,", "hey ,",
];
#[rustfmt::skip]
const POLITE_ENDS: &[&str] = &[
    "please", "pls", "plz", "thanks", "thank you", "thx", "ok", "okay", "for me", "for me please",
    "will you", "would you",
];

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
        if text.is(start, &[",", ":", "-", "–", "."]) && start < clause.words.end {
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
            text.is(
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

fn snooze(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
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

fn reopen(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "reopen", "re - open", "uncomplete", "uncheck", "unmark", "un - complete", "reactivate",
        "undelete",
    ];
    #[rustfmt::skip]
    const NOT: &[&str] = &[
        "as not done", "not done", "as incomplete", "incomplete", "as not completed",
        "as not complete", "as undone", "undone", "as unfinished", "as open",
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

fn complete(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
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
    // "finish the report by friday" is to be done; "complete the report" was.
    let verb = text.phrases(start, &["complete", "finish"])?;
    let sure = text.at(start) == "complete";
    (!clause.dated && !clause.marked && !clause.is_empty(verb..end)).then(|| {
        Heard::new(Intent::CompleteTask, if sure { 0.9 } else { 0.72 })
            .using(start..verb)
            .of(verb..end)
    })
}

fn delete(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const SURE: &[&str] = &[
        "delete", "remove", "get rid of", "erase", "trash", "discard", "del", "throw away",
    ];
    const DOUBTFUL: &[&str] = &["cancel", "drop", "clear", "scratch", "forget"];
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

fn update(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
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
        .find(|at| {
            text.is(*at, &["to", "as", "at"]) || *at > of && clause.taken.get(*at) == Some(&true)
        })
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
    let moving = text.phrases(start, MOVE);
    let verb = moving.or_else(|| text.phrases(start, CHANGE))?;
    let changes = clause.dated || clause.marked;
    // "move the laundry to the dryer tomorrow" is a thing to do.
    let elsewhere = (verb + 1..end).any(|at| {
        text.at(at) == "to"
            && clause.taken.get(at) != Some(&true)
            && clause.taken.get(at + 1) == Some(&false)
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
    while to > verb
        && (clause.taken.get(to - 1) == Some(&true) || text.kind(to - 1) == Some(Kind::Sign))
    {
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
        ],
    );
    let target_end = tail.filter(|tail| *tail > verb).unwrap_or(to);
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

fn query(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const ASK: &[&str] = &[
        "show me", "show", "list", "display", "view", "see", "what", "what's", "whats", "what is",
        "what are", "which", "when is", "when's", "when are", "do i have", "have i got", "have i",
        "is there", "are there", "how many", "any", "find", "search for", "search", "get",
        "give me", "tell me", "look for",
    ];
    let text = clause.text;
    let asked = text.phrases(start, ASK)?;
    let first = text.at(start);
    let about_tasks = |at: usize| {
        text.is(
            at,
            &[
                "task",
                "tasks",
                "todo",
                "todos",
                "due",
                "overdue",
                "list",
                "reminders",
                "agenda",
                "pending",
                "completed",
                "plate",
                "schedule",
                "left",
                "remaining",
                "upcoming",
                "reminder",
                "to-do",
                "deadline",
                "deadlines",
                "priorities",
            ],
        ) || text
            .phrases(
                at,
                &[
                    "to do",
                    "to - do",
                    "have to",
                    "need to",
                    "should i",
                    "am i",
                    "do i have",
                    "i have",
                    "have i",
                    "i got",
                    "for me",
                ],
            )
            .is_some()
    };
    let speaks_of_tasks = (start..end).any(about_tasks);
    let mine = (start..end).any(|at| text.is(at, &["my", "mine", "i"]));
    let clear = match first {
        "search" | "list" | "display" => true,
        "find" | "look" | "get" | "give" | "see" | "view" | "tell" => speaks_of_tasks,
        "when" | "when's" => mine || speaks_of_tasks,
        "any" => speaks_of_tasks,
        "show" => speaks_of_tasks || mine || clause.dated || clause.marked,
        _ => speaks_of_tasks || mine && clause.dated,
    };
    if !clear {
        return matches!(
            first,
            "what" | "what's" | "whats" | "which" | "when" | "when's" | "is" | "are" | "how"
        )
        .then(|| Heard::new(Intent::Unknown, 0.8));
    }
    Some(
        Heard::new(Intent::QueryTasks, 0.93)
            .using(start..asked)
            .of(topic(text, asked, end, clause)),
    )
}

/// What a question asks for beyond dates and marks: "completed", "overdue", "dentist".
fn topic(text: &Text<'_>, start: usize, end: usize, clause: &Clause<'_>) -> Range<usize> {
    #[rustfmt::skip]
    const FILLER: &[&str] = &[
        "all", "my", "the", "of", "me", "i", "is", "are", "was", "were", "do", "did", "have",
        "has", "got", "to", "on", "for", "in", "at", "that", "there", "any", "anything",
        "something", "task", "tasks", "todo", "todos", "to-do", "list", "items", "item", "due",
        "up", "with", "from", "about", "reminders", "what", "which", "need", "be", "plate",
        "agenda", "and",
    ];
    let is_filler = |at: usize| {
        text.is(at, FILLER)
            || text.kind(at) == Some(Kind::Sign)
            || clause.taken.get(at) == Some(&true)
            || text.at(at) == "schedule"
            || text.at(at) == "left"
    };
    let mut first = start;
    while first < end && is_filler(first) {
        first += 1;
    }
    let mut last = end;
    while last > first && is_filler(last - 1) {
        last -= 1;
    }
    first..last
}

fn create(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
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
        "make a reminder", "give me a reminder", "notify me", "alert me", "ping me", "nudge me",
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
        "jot down", "write down", "log", "enter", "register", "schedule",
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
        let worth = is_sure && text.at(start) != "new" || list.is_some();
        return worth.then(|| {
            Heard::new(Intent::CreateTask, 0.93).using(start..verb).using(to..end).titled(verb..to)
        });
    };
    let free = clause.free(noun);
    let after = eat(text, free, AFTER_NOUN);
    let priority =
        marks::adjective(text.at(adjective.saturating_sub(1))).filter(|_| adjective > article);
    let mut heard =
        Heard::new(Intent::CreateTask, 0.96).using(start..noun).using(free..after).using(to..end);
    heard.priority = priority;
    Some(heard.titled(after..to))
}

/// "I need to X", "don't forget to X".
fn obligation(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "i need to", "i have to", "i must", "i should", "i ought to", "i want to", "i gotta",
        "i've got to", "i have got to", "i got to", "i will need to", "i'll need to",
        "i'll have to", "i am supposed to", "i'm supposed to", "we need to", "we have to",
        "we must", "we should", "need to", "have to", "gotta", "must", "don't forget to",
        "do not forget to", "dont forget to", "don't let me forget to", "do not let me forget to",
        "dont let me forget to", "don't forget", "do not forget", "remember to", "remember :",
        "make sure to", "make sure i", "make sure that i", "be sure to", "make sure we",
        "i'd better", "i better", "i also need to", "i also have to", "it's time to", "time to",
        "i really need to", "i still need to",
    ];
    let text = clause.text;
    let verb = text.phrases(start, WORDS).filter(|verb| *verb < end)?;
    Some(Heard::new(Intent::CreateTask, 0.92).using(start..verb).titled(verb..end))
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
        .filter(|at| text.kind(*at) == Some(Kind::Letters) && clause.taken.get(*at) != Some(&true))
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
    let marked = clause.dated || clause.marked;
    let clarity = match (speaks, marked, words) {
        (true, true, _) => 0.7,
        (true, false, _) => 0.4,
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
