//! Questions about tasks.

use std::ops::Range;

use super::super::{Clause, Heard};
use crate::command::Intent;

pub fn query(clause: &Clause<'_>, start: usize, end: usize) -> Option<Heard> {
    #[rustfmt::skip]
    const ASK: &[&str] = &[
        "show me", "show", "list", "display", "view", "see", "what", "what's", "whats", "what is",
        "what are", "which", "when is", "when's", "when are", "do i have", "have i got", "have i",
        "is there", "are there", "how many", "any", "find", "pull up", "bring up", "open up", "what's on", "whats on", "what is on", "search for", "search", "get",
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
                    "coming up",
                    "happening",
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
        "when" | "when's" => mine || speaks_of_tasks || end - asked <= 4 && !clause.dated,
        "any" => speaks_of_tasks,
        "show" => speaks_of_tasks || mine || clause.dated || clause.marked,
        _ => speaks_of_tasks || clause.dated && (mine || text.at(asked - 1) == "on"),
    };
    if !clear {
        return matches!(
            first,
            "what" | "what's" | "whats" | "which" | "when" | "when's" | "is" | "are" | "how"
        )
        .then(|| Heard::new(Intent::Unknown, 0.8));
    }
    Some(Heard::new(Intent::QueryTasks, 0.93).using(start..asked).of(topic(clause, asked..end)))
}

/// What a question asks for beyond dates and marks: "completed", "overdue", "dentist".
fn topic(clause: &Clause<'_>, words: Range<usize>) -> Range<usize> {
    #[rustfmt::skip]
    const FILLER: &[&str] = &[
        "all", "everything", "my", "the", "of", "me", "i", "is", "are", "was", "were", "do", "did", "have",
        "has", "got", "to", "on", "for", "in", "at", "that", "there", "any", "anything",
        "something", "task", "tasks", "todo", "todos", "to-do", "list", "items", "item", "due",
        "up", "with", "from", "about", "reminders", "what", "which", "need", "be", "plate",
        "agenda", "and", "schedule", "left",
    ];
    clause.trimmed(words, FILLER)
}
