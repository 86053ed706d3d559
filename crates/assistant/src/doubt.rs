//! What is not sure enough to be done.

use chrono::NaiveDateTime;
use language::{Command, Intent, Language, Part, Target, TargetKind};

use crate::plan::{Draft, Fields, Verb};
use crate::talk::{MOST_COMMANDS, Talk, World};

/// Below this, not even a guess is offered.
const GUESS: f64 = 0.35;
/// How sure we are that something is about what was spoken of last, if it doesn't say so.
const UNSAID: f64 = 0.6;

/// Words that say nothing of a task: "actually make it 6pm", "at 5 please".
const FILLER: [&str; 22] = [
    "a", "actually", "around", "better", "i", "instead", "is", "it", "make", "maybe", "mean",
    "meant", "no", "ok", "okay", "perhaps", "please", "rather", "that", "then", "works", "yes",
];

/// What a sentence asks for. A piece of one that names no action and nothing to do is no new task.
pub(crate) fn hear(
    sentence: &str,
    local: NaiveDateTime,
    language: Option<Language>,
) -> Vec<Command> {
    let mut commands = language::parse(sentence, local, language);
    for command in &mut commands {
        let is_filler = |title: &String| {
            title
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .all(|word| FILLER.contains(&word.to_lowercase().as_str()))
        };
        let sets_something = command.due.is_some() || command.priority.is_some();
        if is_fragment(command) && sets_something && command.title.as_ref().is_some_and(is_filler) {
            (command.intent, command.title) = (Intent::Unknown, None);
        }
    }
    commands
}

/// Whether it names no action: a piece of a sentence, which may be heard as the title of a task.
pub(crate) fn is_fragment(command: &Command) -> bool {
    let names_action = command.spans.iter().any(|span| span.part == Part::Intent);
    matches!(command.intent, Intent::Unknown | Intent::CreateTask) && !names_action
}

impl<W: World> Talk<'_, W> {
    /// Offers what may have been meant, or asks for other words.
    pub fn unsure(&mut self, commands: &[Command]) -> Result<(), W::Error> {
        let sure = sureness(commands);
        self.confidence = sure;
        let can_be_guessed = sure >= GUESS
            && commands.len() <= MOST_COMMANDS
            && commands.iter().all(|command| match Verb::of(command.intent) {
                Some(Verb::Create) => command.title.is_some(),
                Some(_) => command.target.is_some(),
                None => false,
            });
        if can_be_guessed {
            self.guess = Some(sure);
            for command in commands {
                self.command(command)?;
            }
            // A guess that finds no task is none.
            if !self.confirm.is_empty() && self.question.is_none() {
                return Ok(());
            }
            (self.confirm, self.question) = (Vec::new(), None);
            self.says.clear();
        }
        self.note(commands.first().map_or(Intent::Unknown, |it| it.intent), false);
        self.clarify();
        Ok(())
    }

    /// A piece of a sentence that sets something ("tomorrow at 5", "make it urgent") may be about
    /// what was spoken of last; it is if it says so.
    pub fn about_last(&self, commands: &[Command]) -> Option<Command> {
        let [command] = commands else { return None };
        let sets = command.due.is_some()
            || command.priority.is_some()
            || command.reminder.is_some()
            || command.recurrence.is_some()
            || !command.tags.is_empty();
        let names_nothing = command.title.is_none() && command.target.is_none();
        if command.intent != Intent::Unknown
            || !sets
            || !names_nothing
            || self.memory.last.len() != 1
        {
            return None;
        }
        let sentence = self.said.sentence.to_lowercase();
        let says_it = sentence
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| ["it", "that", "اسے", "اس"].contains(&word));
        Some(Command {
            intent: Intent::UpdateTask,
            target: Some(Target { words: "it".to_owned(), kind: TargetKind::Last }),
            confidence: if says_it { command.confidence } else { UNSAID },
            ..command.clone()
        })
    }

    /// A task that somebody wants to have, and has not named: by the customer's words for it.
    pub fn nameless(&self, commands: &[Command]) -> Option<Draft> {
        const CREATE: [&str; 9] =
            ["create", "add", "new", "make", "remind", "شامل", "بناؤ", "بنا", "یاد"];
        let [command] = commands else { return None };
        let sentence = self.said.sentence;
        let says_so = command.spans.iter().filter(|span| span.part == Part::Intent).any(|span| {
            let text = sentence.get(span.range.clone()).unwrap_or_default().to_lowercase();
            text.split_whitespace().any(|word| CREATE.contains(&word))
        });
        let is_nameless = command.title.is_none()
            && command.target.is_none()
            && matches!(command.intent, Intent::Unknown | Intent::CreateTask);
        let standing = self.said.standing;
        (is_nameless && says_so).then(|| Draft {
            verb: Verb::Create,
            tasks: Vec::new(),
            fields: Fields::of(command, sentence, standing.local, standing.now),
            reminds: asks_to_remind(commands, sentence),
        })
    }
}

/// How sure the least sure of them is.
pub(crate) fn sureness(commands: &[Command]) -> f64 {
    let sure = |command: &Command| match command.intent {
        // There is nothing to do that one could be sure of.
        Intent::Unknown => command.confidence.min(GUESS),
        _ => command.confidence,
    };
    commands.iter().map(sure).reduce(f64::min).unwrap_or(0.0).clamp(0.0, 1.0)
}

/// Whether somebody wants to be reminded: by a lead time, or by the words outside of the title.
pub(crate) fn asks_to_remind(commands: &[Command], sentence: &str) -> bool {
    commands.iter().any(|command| {
        let words = |part: Part| {
            command.spans.iter().any(|span| {
                let text = sentence.get(span.range.clone()).unwrap_or_default().to_lowercase();
                span.part == part && (text.contains("remind") || text.contains("یاد"))
            })
        };
        command.reminder.is_some() || words(Part::Intent) || words(Part::Reminder)
    })
}
