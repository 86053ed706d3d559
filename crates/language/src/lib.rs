//! What a sentence asks for: English, Urdu in Arabic script, and the two mixed.
//!
//! [`parse`] turns a sentence and the time at which it was said into commands. It is a grammar, deterministic, and takes
//! microseconds; it does no I/O and knows no task that exists, no clock and no table of time zones: times are
//! local, in and out. What its answers mean, by the rule and by example, stands in `tests/corpora/README.md`.
//!
//! The way of a sentence: `text` cuts it into words, `words` says what each may mean in either language, `when` finds
//! dates, times and recurrences, `marks` finds reminders, priorities and tags, `intent` finds what is to be done and to
//! which task; what is left is the title.

mod answer;
mod calendar;
mod command;
mod facts;
mod intent;
mod marks;
mod number;
mod sentence;
mod split;
mod text;
mod title;
mod when;
mod words;

pub use answer::{Answer, answer};
pub use command::{
    Command, Due, Filter, Intent, Language, Lead, Part, Recurrence, Span, Target, TargetKind,
};
pub use sentence::{parse, parse_with_names};
