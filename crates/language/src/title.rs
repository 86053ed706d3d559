//! The title: what is left of a sentence.

use std::ops::Range;

use crate::text::Text;

/// The words of a range that aren't used, as typed; white space around what was taken becomes one space.
pub fn title(text: &Text<'_>, words: Range<usize>, taken: &[bool]) -> Option<String> {
    let is_taken = |at: usize| taken.get(at).copied().unwrap_or(false);
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in words.clone().filter(|at| !is_taken(*at)) {
        match runs.last_mut().filter(|run| run.end == at) {
            Some(run) => run.end = at + 1,
            None => runs.push(at..at + 1),
        }
    }
    // Signs at the edges of what was taken belonged to it.
    let last = runs.len().saturating_sub(1);
    let mut pieces: Vec<&str> = Vec::new();
    for (index, run) in runs.into_iter().enumerate() {
        let run = trim(text, run, index == 0, index == last);
        if !run.is_empty() {
            pieces.push(&text.source[text.bytes(run)]);
        }
    }
    let title = pieces.join(" ");
    (!title.is_empty()).then_some(title)
}

fn trim(text: &Text<'_>, mut run: Range<usize>, first: bool, last: bool) -> Range<usize> {
    const EDGES: &[&str] = &[",", ":", "-", "–", "—", ".", ";", "،", "۔", "؛", "!", "?", "؟", "…"];
    const JOINTS: &[&str] = &[",", "،", ";"];
    let edges = |at: usize, outer: bool| text.is(at, if outer { EDGES } else { JOINTS });
    while run.start < run.end && edges(run.start, first) && !belongs(text, run.start) {
        run.start += 1;
    }
    while run.end > run.start && edges(run.end - 1, last) {
        run.end -= 1;
    }
    let quoted = run.len() > 2
        && first
        && last
        && matches!(
            (text.at(run.start), text.at(run.end - 1)),
            ("\"", "\"") | ("“", "”") | ("'", "'") | ("«", "»")
        )
        && (run.start + 1..run.end - 1).all(|at| !text.is(at, &["\"", "“", "”"]));
    if quoted { run.start + 1..run.end - 1 } else { run }
}

/// A sign that begins a word: "-5 kg", ".gitignore".
fn belongs(text: &Text<'_>, at: usize) -> bool {
    text.is(at, &["-", "."]) && text.glued(at + 1) && !text.glued(at)
}
