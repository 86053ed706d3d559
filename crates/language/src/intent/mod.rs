//! What is to be done, and to which task: by the verbs of a sentence and where they stand.

mod english;
mod target;
mod urdu;

use std::ops::Range;

use domain::Priority;

use crate::command::{Intent, Language};
use crate::text::{Kind, Text};

pub use target::target;

/// What the verbs say.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub intent: Intent,
    /// Words that only say what to do.
    pub used: Vec<Range<usize>>,
    /// Words that name a task which is there already.
    pub target: Option<Range<usize>>,
    /// Words that are a title.
    pub title: Option<Range<usize>>,
    /// A priority that is said by its verb: "set the priority of X to high".
    pub priority: Option<Priority>,
    /// How clear the verbs are, from 0 to 1.
    pub clarity: f64,
}

impl Heard {
    fn new(intent: Intent, clarity: f64) -> Self {
        Self { intent, used: Vec::new(), target: None, title: None, priority: None, clarity }
    }

    fn using(mut self, words: Range<usize>) -> Self {
        self.used.push(words);
        self
    }

    fn of(mut self, target: Range<usize>) -> Self {
        self.target = Some(target);
        self
    }

    fn titled(mut self, title: Range<usize>) -> Self {
        self.title = Some(title);
        self
    }
}

/// A piece of a sentence, and which of its words are dates, marks and the like.
pub struct Clause<'a> {
    pub text: &'a Text<'a>,
    pub words: Range<usize>,
    /// Of all the sentence's words: whether it is used otherwise.
    pub taken: &'a [bool],
    /// Whether a date, a recurrence, a reminder, a priority or a tag was found.
    pub dated: bool,
    pub marked: bool,
}

impl Clause<'_> {
    fn is_taken(&self, at: usize) -> bool {
        self.taken.get(at) == Some(&true)
    }

    /// Whether a word is a sign or used otherwise.
    fn is_spent(&self, at: usize) -> bool {
        self.is_taken(at) || self.text.kind(at) == Some(Kind::Sign)
    }

    /// Words without those at both ends that are spent or fill.
    fn trimmed(&self, words: Range<usize>, fillers: &[&str]) -> Range<usize> {
        let fills = |at: usize| self.is_spent(at) || self.text.is(at, fillers);
        let (mut start, mut end) = (words.start, words.end);
        while start < end && fills(start) {
            start += 1;
        }
        while end > start && fills(end - 1) {
            end -= 1;
        }
        start..end
    }

    /// The first word from a place on that isn't used otherwise.
    fn free(&self, mut at: usize) -> usize {
        while at < self.words.end && self.is_taken(at) {
            at += 1;
        }
        at
    }

    /// Whether nothing is left from one place to another but signs.
    fn is_empty(&self, mut words: Range<usize>) -> bool {
        words.all(|at| self.is_spent(at))
    }

    /// Where one of some phrases begins that ends the clause, signs aside.
    fn ends_with(&self, end: usize, phrases: &[&str]) -> Option<usize> {
        let mut last = end;
        while last > self.words.start && self.is_spent(last - 1) {
            last -= 1;
        }
        phrases
            .iter()
            .filter_map(|phrase| {
                let start = last
                    .checked_sub(phrase.split(' ').count())
                    .filter(|start| *start >= self.words.start)?;
                (self.text.phrase(start, phrase) == Some(last)).then_some(start)
            })
            .min()
    }
}

/// What a clause asks for.
pub fn hear(clause: &Clause<'_>, language: Language) -> Heard {
    match language {
        Language::English => english::hear(clause),
        Language::Urdu => urdu::hear(clause).unwrap_or_else(|| english::hear(clause)),
    }
}

/// Where a command's verb ends that could begin here, as after "and".
pub fn begins(text: &Text<'_>, at: usize) -> Option<usize> {
    english::begins(text, at)
}

/// Where the verb of a new task ends that follows a command about a thing: "add milk and call mom".
pub fn begins_another(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    english::begins_another(text, start, at)
}

/// Whether some words only lead in to what is asked for: "before I forget, could you".
pub fn only_leads_in(text: &Text<'_>, from: usize, to: usize) -> bool {
    english::only_leads_in(text, from, to)
}

/// Whether a command's verb ends here, as before اور.
pub fn ends(text: &Text<'_>, at: usize) -> bool {
    urdu::ends(text, at)
}
