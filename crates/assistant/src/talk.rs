//! A turn: from a sentence to a reply.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use domain::{FoundTask, Standing, Status, Task, TaskChange, TaskSearch, TasksFound};
use language::{Command, Intent, Language};
use serde_json::Value;
use uuid::Uuid;

use crate::doubt::{asks_to_remind, hear, sureness};
use crate::memory::{Memory, Question, UndoStep, language_of};
use crate::model::Consultation;
use crate::plan::{Draft, Fields, Verb, When};
use crate::target::MOST_TASKS;
use crate::texts::{self, Action, Item, Say};
use crate::{SURE, evidence};

/// How many commands of one sentence are obeyed.
pub(crate) const MOST_COMMANDS: usize = 20;
/// More commands than these in one sentence are confirmed first.
const MANY_COMMANDS: usize = 5;

/// Where tasks are looked for, and who else can be asked.
pub trait World {
    /// Why tasks can't be looked for.
    type Error;

    /// The user's own tasks that are wanted.
    ///
    /// # Errors
    /// If nobody can say.
    fn find(&mut self, wanted: &TaskSearch) -> Result<TasksFound, Self::Error>;

    /// What a model says to a sentence that we aren't sure of, as Ollama's `/api/chat` answers;
    /// `None` if there is no model, or it says nothing in time.
    fn consult(&mut self, about: &Consultation<'_>) -> Option<Vec<u8>>;
}

/// What was said, and where.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// At most 2,000 characters.
    pub sentence: &'a str,
    /// `en` or `ur`, where the client says it.
    pub language: Option<&'a str>,
    /// Where the conversation stands.
    pub standing: &'a Standing,
}

/// What is said, done and remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// In the language of the question.
    pub text: String,
    /// What was understood.
    pub intent: Intent,
    /// Whose matter it is: `TaskAgent`, `ReminderAgent`, or nobody's.
    pub skill: Option<&'static str>,
    /// How sure we are of it, from 0 to 1.
    pub confidence: f64,
    /// Whether an answer is awaited.
    pub clarification_needed: bool,
    /// Each task at most once, on the versions that were found.
    pub changes: Vec<TaskChange>,
    /// The tasks that are listed in the text, in its order.
    pub listed: Vec<Task>,
    /// The next turn's `Standing::state`.
    pub state: Value,
}

/// Decides what to say and to do.
///
/// # Errors
/// If the user's tasks can't be looked for.
pub fn turn<W: World>(said: Said<'_>, world: &mut W) -> Result<Reply, W::Error> {
    let memory = Memory::read(said.standing.state.as_ref());
    let hint = said.language.and_then(language_of).or(memory.language());
    let commands = hear(said.sentence, said.standing.local, hint);
    let language = commands.first().map_or(Language::English, |command| command.language);
    let mut talk = Talk::new(said, world, memory, language);
    if !talk.answer(&commands)? {
        talk.obey(commands)?;
    }
    Ok(talk.finish())
}

/// A turn while it is decided.
pub(crate) struct Talk<'a, W> {
    pub said: Said<'a>,
    pub world: &'a mut W,
    pub memory: Memory,
    pub language: Language,
    /// Tasks that were found, by their ids.
    pub known: BTreeMap<Uuid, FoundTask>,
    pub says: Vec<Say>,
    pub changes: Vec<TaskChange>,
    pub undo: Vec<UndoStep>,
    /// What was spoken of.
    pub touched: Vec<Uuid>,
    /// What waits for a yes.
    pub confirm: Vec<Draft>,
    /// How sure the guess is that waits for a yes.
    pub guess: Option<f64>,
    /// Whether so much was said at once that it may not have been meant.
    are_many: bool,
    pub question: Option<Question>,
    pub listed: Vec<Task>,
    intent: Intent,
    skill: Option<&'static str>,
    pub confidence: f64,
    clarification_needed: bool,
}

impl<'a, W: World> Talk<'a, W> {
    fn new(said: Said<'a>, world: &'a mut W, memory: Memory, language: Language) -> Self {
        Self {
            said,
            world,
            memory,
            language,
            known: BTreeMap::new(),
            says: Vec::new(),
            changes: Vec::new(),
            undo: Vec::new(),
            touched: Vec::new(),
            confirm: Vec::new(),
            guess: None,
            are_many: false,
            question: None,
            listed: Vec::new(),
            intent: Intent::Unknown,
            skill: None,
            confidence: 1.0,
            clarification_needed: false,
        }
    }

    pub fn local(&self) -> NaiveDateTime {
        self.said.standing.local
    }

    /// Does what a sentence asks for, as far as that is sure.
    pub fn obey(&mut self, commands: Vec<Command>) -> Result<(), W::Error> {
        let sure = sureness(&commands);
        if sure >= SURE {
            return self.all(&commands, sure);
        }
        let sentence = self.said.sentence;
        if let Some(command) = self.about_last(&commands) {
            let sure = command.confidence;
            return if sure >= SURE { self.all(&[command], sure) } else { self.unsure(&[command]) };
        }
        if let Some(draft) = self.nameless(&commands) {
            self.note(Intent::CreateTask, draft.reminds);
            self.confidence = commands.first().map_or(sure, |command| command.confidence);
            return self.create(draft);
        }
        let about =
            Consultation::new(sentence, self.said.standing, asks_to_remind(&commands, sentence));
        let answer = self.world.consult(&about);
        let second = answer.and_then(|body| evidence::command(&body, sentence, &commands));
        match second {
            Some(command) if command.confidence >= SURE => {
                let sure = command.confidence;
                self.all(&[command], sure)
            }
            Some(command) if command.confidence > sure => self.unsure(&[command]),
            _ => self.unsure(&commands),
        }
    }

    fn all(&mut self, commands: &[Command], sure: f64) -> Result<(), W::Error> {
        self.confidence = sure;
        self.are_many = commands.len() > MANY_COMMANDS;
        for command in commands.iter().take(MOST_COMMANDS) {
            self.command(command)?;
        }
        if commands.len() > MOST_COMMANDS {
            self.says.push(Say::LeftOut);
        }
        Ok(())
    }

    /// Asks for other words.
    pub fn clarify(&mut self) {
        self.says.push(Say::Clarify(self.said.sentence.to_owned()));
        self.clarification_needed = true;
    }

    /// Notes what the reply is about: the first thing that was said, and a reminder wherever it
    /// stands.
    pub fn note(&mut self, intent: Intent, reminds: bool) {
        if self.intent == Intent::Unknown {
            self.intent = intent;
        }
        let skill = match intent {
            Intent::Unknown | Intent::Undo | Intent::Help => None,
            _ if reminds => Some("ReminderAgent"),
            _ => Some("TaskAgent"),
        };
        if self.skill.is_none() || skill == Some("ReminderAgent") {
            self.skill = skill;
        }
    }

    /// One thing that a sentence asks for.
    pub fn command(&mut self, command: &Command) -> Result<(), W::Error> {
        let sentence = self.said.sentence;
        let reminds = command.intent == Intent::SnoozeReminder
            || asks_to_remind(std::slice::from_ref(command), sentence);
        self.note(command.intent, reminds);
        let standing = self.said.standing;
        let Some(verb) = Verb::of(command.intent) else {
            match command.intent {
                Intent::QueryTasks => self.list(command)?,
                Intent::Undo => self.take_back()?,
                Intent::Help => self.says.push(Say::Help),
                _ => self.clarify(),
            }
            return Ok(());
        };
        let fields = Fields::of(command, sentence, standing.local, standing.now);
        let draft = Draft { verb, tasks: Vec::new(), fields, reminds };
        if verb == Verb::Create { self.create(draft) } else { self.with_target(draft, command) }
    }

    /// A new task, once everything is known that it needs.
    pub fn create(&mut self, draft: Draft) -> Result<(), W::Error> {
        let fields = &draft.fields;
        if fields.title.as_ref().is_none_or(|title| title.trim().is_empty()) {
            self.ask(Question::What { draft }, Say::What);
        } else if draft.reminds && fields.due.is_none() && fields.recurrence.is_none() {
            self.ask(Question::When { draft }, Say::When);
        } else {
            self.plan(draft);
        }
        Ok(())
    }

    /// Does it, or has it confirmed first.
    pub fn plan(&mut self, draft: Draft) {
        let is_to_confirm = self.guess.is_some()
            || self.are_many
            || draft.verb == Verb::Delete
            || draft.tasks.len() > 1;
        if is_to_confirm { self.confirm.push(draft) } else { self.perform(&draft) }
    }

    /// One question at a time: what else there would be to ask is left out, and said so.
    pub fn ask(&mut self, question: Question, say: Say) {
        if self.question.is_none() {
            self.question = Some(question);
            self.says.push(say);
        } else if !self.says.contains(&Say::LeftOut) {
            self.says.push(Say::LeftOut);
        }
    }

    /// What a draft would do, to be shown.
    fn action(&self, draft: &Draft) -> Action {
        let items = match draft.verb {
            Verb::Create => vec![Item {
                title: draft.fields.title.clone().unwrap_or_default(),
                due: draft.fields.due,
                is_completed: false,
                repeats: draft.fields.recurrence.is_some(),
                reminds: draft.reminds,
            }],
            _ => draft.tasks.iter().filter_map(|id| self.known.get(id)).map(item).collect(),
        };
        Action { verb: draft.verb, items, due: draft.fields.due }
    }

    fn finish(mut self) -> Reply {
        if !self.confirm.is_empty() {
            let drafts = std::mem::take(&mut self.confirm);
            let mut actions: Vec<Action> = Vec::new();
            for action in drafts.iter().map(|draft| self.action(draft)) {
                match actions.last_mut() {
                    Some(last) if (last.verb, last.due) == (action.verb, action.due) => {
                        last.items.extend(action.items);
                    }
                    _ => actions.push(action),
                }
            }
            let say = match self.guess {
                Some(sure) => Say::Unsure(actions, sure),
                None => Say::Confirm(actions),
            };
            self.ask(Question::Confirm { drafts }, say);
        }
        if self.says.is_empty() {
            self.clarify();
        }
        let mut memory = self.memory;
        if !self.changes.is_empty() {
            memory.undo = self.undo;
        }
        if !self.touched.is_empty() {
            self.touched.truncate(MOST_TASKS);
            memory.last = self.touched;
        }
        let clarification_needed = self.clarification_needed || self.question.is_some();
        memory.question = self.question;
        memory.language =
            Some(if self.language == Language::Urdu { "ur" } else { "en" }.to_owned());
        let local = self.said.standing.local;
        let text: Vec<String> =
            self.says.iter().map(|say| texts::say(self.language, say, local)).collect();
        Reply {
            text: text.join("\n"),
            intent: self.intent,
            skill: self.skill,
            confidence: self.confidence,
            clarification_needed,
            changes: self.changes,
            listed: self.listed,
            state: memory.write(),
        }
    }
}

/// A task as it is listed.
pub(crate) fn item(found: &FoundTask) -> Item {
    let task = &found.task;
    Item {
        title: task.title.clone(),
        due: due(found),
        is_completed: task.status == Status::Completed,
        repeats: task.recurrence_rule.is_some(),
        reminds: task.reminder_config.is_some(),
    }
}

/// When a task is due, on the wall of who asks.
pub(crate) fn due(found: &FoundTask) -> Option<When> {
    found.due_local.map(|at| When {
        at,
        all_day: found.task.all_day,
        instant: None,
        time_only: false,
        assumed: false,
    })
}
