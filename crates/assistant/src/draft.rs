//! A line that somebody types to make tasks: what they would be, to be looked at before they are made.

use std::ops::Range;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime};
use domain::{Clock, Draft, Drafts, DueDate, Piece, PiecePart, QuickAdd, TaskDraft, Time};
use language::{Command, Intent, Language, Part};
use serde_json::Value;

use crate::change::{MOST_TAGS, MOST_TITLE, can_be_kept, object, tags};
use crate::memory::language_of;
use crate::plan::{Fields, Rule, When, recurrence_rule, reminder_config};
use crate::talk::MOST_COMMANDS;

/// The tasks that a line makes, at `clock`, where only `instants` knows when a clock on the wall shows a time.
///
/// A line always makes tasks: whatever else it may ask for, it is one task then, whose title is the line. What is ignored of
/// it stays in the title, and so does what no task can keep.
///
/// # Errors
/// Those of `instants`.
pub fn tasks<E>(
    line: &QuickAdd,
    clock: &Clock,
    instants: impl FnOnce(&[NaiveDateTime]) -> Result<Vec<Time>, E>,
) -> Result<Drafts, E> {
    let text = line.text.as_str();
    let commands = hear(line, clock);
    let language = commands.first().map_or(Language::English, |it| it.language);
    let is_new = |command: &Command| command.intent == Intent::CreateTask;
    let read: Vec<(Fields, &Command)> =
        if commands.len() <= MOST_COMMANDS && commands.iter().all(is_new) {
            let fields = |it| Fields::of(it, text, clock.local, clock.now);
            commands.iter().map(|it| (fields(it), it)).collect()
        } else {
            Vec::new()
        };
    let walls: Vec<NaiveDateTime> = read
        .iter()
        .filter_map(|(fields, _)| fields.due)
        .filter(is_on_wall)
        .map(|it| it.at)
        .collect();
    let mut shown = if walls.is_empty() { Vec::new() } else { instants(&walls)? }.into_iter();
    let mut tasks: Vec<Draft> = read
        .into_iter()
        .map(|(fields, command)| Draft {
            pieces: pieces(text, command),
            confidence: command.confidence,
            task: task(fields, clock, &mut shown),
        })
        .collect();
    if tasks.is_empty() {
        let fields = Fields { title: Some(text.trim().to_owned()), ..Fields::default() };
        tasks.push(Draft {
            task: task(fields, clock, &mut shown),
            pieces: Vec::new(),
            confidence: confidence_of_title(&commands),
        });
    }
    let language = if language == Language::Urdu { "ur" } else { "en" };
    Ok(Drafts { tasks, language })
}

/// When something is to be due, as one says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DueWords(When);

/// When words say that something is due. `None`: they say something else, or something else besides.
pub fn due(words: &str, language: Option<&str>, clock: &Clock) -> Option<DueWords> {
    let hint = language.and_then(language_of);
    let commands = language::parse(words, clock.local, hint);
    let [command] = commands.as_slice() else { return None };
    let says_more = command.title.is_some()
        || command.target.is_some()
        || command.recurrence.is_some()
        || command.spans.iter().any(|span| span.part != Part::Due);
    let fields = Fields::of(command, words, clock.local, clock.now);
    fields.due.filter(|_| !says_more).map(DueWords)
}

impl DueWords {
    /// On a day.
    pub fn on(day: NaiveDate) -> Self {
        let at = day.and_time(NaiveTime::MIN);
        Self(When { at, all_day: true, instant: None, time_only: false, assumed: false })
    }

    /// The due date of a task that is due at `old` on its user's wall, with a time or on a day alone: a time is of the task's
    /// day, and a day keeps the task's time.
    ///
    /// # Errors
    /// Those of `instants`.
    pub fn of_task<E>(
        self,
        old: Option<(NaiveDateTime, bool)>,
        clock: &Clock,
        instants: impl FnOnce(&[NaiveDateTime]) -> Result<Vec<Time>, E>,
    ) -> Result<Option<DueDate>, E> {
        let old = old.map(|(at, all_day)| When {
            at,
            all_day,
            instant: None,
            time_only: false,
            assumed: false,
        });
        let due = self.0.beside(old, clock.local);
        Ok(match due.instant {
            Some(instant) => Some(DueDate::At(instant)),
            None if due.all_day => Some(DueDate::On(due.at.date())),
            None => instants(&[due.at])?.first().copied().map(DueDate::At),
        })
    }
}

/// How often a line is read, each time without what of it can't be kept: behind each such date may stand another, and a line has
/// room for 150.
const ROUNDS: usize = 8;

/// What a line says, where what is ignored and what can't be kept says nothing.
fn hear(line: &QuickAdd, clock: &Clock) -> Vec<Command> {
    let hint = line.language.as_deref().and_then(language_of);
    let mut names = line.ignore.clone();
    let mut commands = Vec::new();
    for _ in 0..ROUNDS {
        commands = language::parse_with_names(&line.text, &names, clock.local, hint);
        let of = |command| cant_be_kept(command, &line.text);
        let more: Vec<Range<usize>> = commands.iter().flat_map(of).collect();
        // Each round has more words that mean nothing; a recurrence may have others than its own.
        if more.is_empty() || more.iter().all(|range| names.contains(range)) {
            return commands;
        }
        names.extend(more);
    }
    // Then all of it is a title.
    commands.iter_mut().for_each(|command| command.intent = Intent::Unknown);
    commands
}

/// What a new task can't have.
fn cant_be_kept(command: &Command, line: &str) -> Vec<Range<usize>> {
    let of =
        |part| command.spans.iter().filter(move |it| it.part == part).map(|it| it.range.clone());
    let rule = command.recurrence.as_ref().map(Rule::of);
    let mut ranges = Vec::new();
    if rule.is_some_and(|rule| !can_be_kept(&rule)) {
        ranges.extend(of(Part::Recurrence));
    }
    // Its instant may be of the next year, and the last one that can be written is 9999.
    if command.due.is_some_and(|due| !(2..9999).contains(&due.at.year())) {
        ranges.extend(of(Part::Due));
    }
    let mut surplus = surplus(&command.tags);
    for range in of(Part::Tag).rev() {
        if surplus == 0 {
            break;
        }
        // Tags that stand side by side are one piece.
        let signs = line.get(range.clone()).unwrap_or_default().matches('#').count();
        surplus = surplus.saturating_sub(signs.max(1));
        ranges.push(range);
    }
    ranges
}

/// How many tags, counted from the last, there are from the first on that is one too many.
fn surplus(said: &[String]) -> usize {
    let mut kept = Vec::new();
    let fit = said.iter().take_while(|tag| {
        kept = tags(&kept, std::slice::from_ref(*tag));
        kept.len() <= MOST_TAGS
    });
    said.len() - fit.count()
}

/// Whether only a table of time zones tells which instant it is.
fn is_on_wall(due: &When) -> bool {
    !due.all_day && due.instant.is_none()
}

/// The document of a new task. `shown` are the instants of times on the wall, in the order of the tasks.
fn task(fields: Fields, clock: &Clock, shown: &mut impl Iterator<Item = Time>) -> TaskDraft {
    let due_date = fields.due.and_then(|due| match due.instant {
        Some(instant) => Some(DueDate::At(instant)),
        None if due.all_day => Some(DueDate::On(due.at.date())),
        None => shown.next().map(DueDate::At),
    });
    let whole = fields.title.as_deref().unwrap_or_default().trim();
    let (title, description) = match whole.char_indices().nth(MOST_TITLE - 1) {
        Some((end, last)) if end + last.len_utf8() < whole.len() => {
            (format!("{}…", &whole[..end]), Some(whole.to_owned()))
        }
        _ => (whole.to_owned(), None),
    };
    let lead = fields.lead.map(|lead| reminder_config(None, "lead_time", lead));
    TaskDraft {
        title,
        description,
        due_date,
        timezone: clock.timezone.clone(),
        priority: fields.priority,
        tags: tags(&[], &fields.tags),
        recurrence_rule: fields.recurrence.as_ref().map(|rule| object(recurrence_rule(rule))),
        reminder_config: lead.map(|config: Value| object(config)),
    }
}

fn pieces(text: &str, command: &Command) -> Vec<Piece> {
    let piece = |part: Part| match part {
        Part::Due => Some(PiecePart::Due),
        Part::Recurrence => Some(PiecePart::Recurrence),
        Part::Reminder => Some(PiecePart::Reminder),
        Part::Priority => Some(PiecePart::Priority),
        Part::Tag => Some(PiecePart::Tag),
        Part::Intent | Part::Title | Part::Target => None,
    };
    let spans = command.spans.iter();
    spans.filter_map(|it| Some(Piece::new(piece(it.part)?, text, it.range.clone()))).collect()
}

/// How likely a line is nothing but a title: what is not understood is one, and what asks for something else is as likely
/// none as that is clear.
fn confidence_of_title(commands: &[Command]) -> f64 {
    let of = |it: &Command| match it.intent {
        Intent::CreateTask | Intent::Unknown => it.confidence,
        _ => 1.0 - it.confidence,
    };
    commands.iter().map(of).fold(1.0, f64::min)
}
