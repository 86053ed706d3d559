//! What to do with what somebody says.
//!
//! [`turn`] takes a sentence, where its conversation stands, and a [`World`] in which it can look
//! for the user's tasks and ask a model; it gives a [`Reply`]: what to say, which tasks change, what
//! to remember. It decides and does no I/O: whoever calls it writes the reply, all of it or nothing.
//!
//! The rules are the customer's: what is surer than 0.7 is done, other things are asked about;
//! deletions and changes of several tasks are confirmed first; one question is open at a time, and
//! somebody who says something else instead of answering is obeyed.
//!
//! The way of a sentence: `language` says what it asks for, `answer` whether it answers the open
//! question, `talk` goes through its commands, `which` and `target` find the tasks that they mean,
//! `doubt` offers a guess, `change` makes their changes and what takes them back, `texts` says it in the user's language. `model`
//! knows how to ask Ollama, and `evidence` how far to believe it.
//!
//! A line that is typed to become a task takes a shorter way: [`draft`] asks nothing back and changes nothing.

mod answer;
mod change;
mod doubt;
pub mod draft;
mod english;
mod evidence;
mod list;
mod memory;
pub mod model;
mod plan;
mod talk;
mod target;
#[cfg(test)]
mod tests;
mod texts;
mod urdu;
mod which;

pub use talk::{Reply, Said, World, turn};

/// What is as sure as this is done; below it the user is asked. The customer's threshold.
pub const SURE: f64 = 0.7;
