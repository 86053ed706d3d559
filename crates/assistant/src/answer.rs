//! What a sentence says to the question that is open.

use domain::FoundTask;
use language::{Answer, Command, Intent, Language, Target, TargetKind};
use uuid::Uuid;

use crate::SURE;
use crate::doubt::{hear, is_fragment, sureness};
use crate::memory::Question;
use crate::plan::{Draft, Fields, Verb};
use crate::talk::{Talk, World, item};
use crate::target;
use crate::texts::Say;

/// How sure we are of what is put together from an answer and what was said before.
const PUT_TOGETHER: f64 = 0.9;

/// "Yes", "no" or "never mind", and what follows it.
type Answered<'a> = Option<(Answer, &'a str)>;

impl<'a, W: World> Talk<'a, W> {
    /// Takes the sentence as an answer, if it is one; `false`: it is a command of its own, and the
    /// question is dropped.
    pub fn answer(&mut self, commands: &[Command]) -> Result<bool, W::Error> {
        let answered = language::answer(self.said.sentence).map(|(it, rest)| (it, rest.trim()));
        let is_command = sureness(commands) >= SURE;
        let is_refused = matches!(answered, Some((Answer::No | Answer::Cancel, "")));
        match self.memory.question.take() {
            None => self.nothing_asked(answered),
            Some(
                Question::Which { draft, .. } | Question::When { draft } | Question::What { draft },
            ) if is_refused => {
                self.note(draft.verb.intent(), draft.reminds);
                Ok(self.refused())
            }
            Some(Question::Confirm { drafts }) => self.confirmed(drafts, answered, is_command),
            Some(Question::Which { draft, among }) => {
                self.chosen(draft, among, answered, is_command)
            }
            Some(Question::When { draft }) => self.timed(draft, answered, commands, is_command),
            Some(Question::What { draft }) => self.named(draft, commands, is_command),
            Some(Question::ListOffer) => match answered {
                Some((Answer::Yes, "")) => {
                    self.note(Intent::QueryTasks, false);
                    self.list_active().map(|()| true)
                }
                Some((_, "")) => Ok(self.refused()),
                _ => Ok(false),
            },
        }
    }

    /// "Yes" to nothing is nothing; "no, at 6" corrects what was spoken of last.
    fn nothing_asked(&mut self, answered: Answered<'a>) -> Result<bool, W::Error> {
        let (answer, rest) = match answered {
            None => return Ok(false),
            Some((_, "")) => {
                self.says.push(Say::NothingWaits);
                return Ok(true);
            }
            Some(answered) => answered,
        };
        let commands = self.parse(rest);
        let sentence = std::mem::replace(&mut self.said.sentence, rest);
        if answer == Answer::No
            && let Some(update) = self.about_last(&commands)
        {
            self.confidence = PUT_TOGETHER;
            return self.command(&update).map(|()| true);
        }
        if answer == Answer::Yes && sureness(&commands) >= SURE {
            return self.obey(commands).map(|()| true);
        }
        self.said.sentence = sentence;
        Ok(false)
    }

    fn confirmed(
        &mut self,
        drafts: Vec<Draft>,
        answered: Answered<'a>,
        is_command: bool,
    ) -> Result<bool, W::Error> {
        match answered {
            Some((Answer::Yes, rest)) => {
                let agreed = drafts.clone();
                if !rest.is_empty() && self.corrected(drafts, rest)? {
                    return Ok(true);
                }
                self.carry_out(agreed)?;
                if !rest.is_empty() {
                    self.said.sentence = rest;
                    let commands = self.parse(rest);
                    self.obey(commands)?;
                }
                Ok(true)
            }
            Some((_, "")) => {
                self.note_all(&drafts);
                Ok(self.refused())
            }
            Some((Answer::No, rest)) => {
                if self.corrected(drafts.clone(), rest)? {
                    return Ok(true);
                }
                self.said.sentence = rest;
                let commands = self.parse(rest);
                if sureness(&commands) >= SURE {
                    return self.obey(commands).map(|()| true);
                }
                self.note_all(&drafts);
                Ok(self.refused())
            }
            _ if is_command => Ok(false),
            _ => {
                if self.corrected(drafts.clone(), self.said.sentence)? {
                    return Ok(true);
                }
                self.note_all(&drafts);
                self.says.push(Say::YesOrNo);
                for draft in &drafts {
                    let found = self.existing(&draft.tasks)?;
                    self.know(found);
                }
                self.confirm = drafts;
                Ok(true)
            }
        }
    }

    /// Takes words as a correction of what was to be confirmed: other tasks, or other fields.
    fn corrected(&mut self, mut drafts: Vec<Draft>, words: &'a str) -> Result<bool, W::Error> {
        let commands = self.parse(words);
        let ([command], Some(mut draft), true) = (&commands[..], drafts.pop(), drafts.is_empty())
        else {
            return Ok(false);
        };
        let sentence = std::mem::replace(&mut self.said.sentence, words);
        let mut fields = self.fields(command);
        let mut target = command.target.clone();
        let is_fragment = is_fragment(command);
        if is_fragment && draft.verb != Verb::Create && target.is_none() && fields.due.is_none() {
            (target, fields.title) = (self.target_of(words), None);
            // Any words can be a title's; it has to be one that is there.
            if let Some(Target { kind: TargetKind::Title(title), .. }) = &target {
                let found = self.world.find(&target::by_title(title))?.tasks;
                if target::best(&target::words(title), found).is_empty() {
                    target = None;
                }
            }
        }
        let fits = is_fragment
            || command.intent == Intent::UpdateTask
            || command.intent == draft.verb.intent();
        let names_another = draft.verb != Verb::Create && target.is_some();
        let changes_it =
            matches!(draft.verb, Verb::Create | Verb::Update | Verb::Snooze) && !fields.is_empty();
        if !fits || fields.title.is_some() || !(names_another || changes_it) {
            self.said.sentence = sentence;
            return Ok(false);
        }
        self.note(draft.verb.intent(), draft.reminds);
        self.confidence = PUT_TOGETHER;
        draft.fields.correct(fields, self.local());
        if names_another {
            let which = Command { intent: draft.verb.intent(), target, ..command.clone() };
            self.with_target(draft, &which)?;
        } else {
            self.carry_out(vec![draft])?;
        }
        Ok(true)
    }

    fn chosen(
        &mut self,
        mut draft: Draft,
        among: Vec<Uuid>,
        answered: Answered<'a>,
        is_command: bool,
    ) -> Result<bool, W::Error> {
        let words = match answered {
            Some((_, rest)) if !rest.is_empty() => rest,
            _ => self.said.sentence,
        };
        let found = self.existing(&among)?;
        let commands = self.parse(words);
        let chosen = match &commands[..] {
            [command] => self.choice(&draft, &among, &found, command, words),
            _ => Vec::new(),
        };
        if chosen.is_empty() && is_command {
            return Ok(false);
        }
        self.note(draft.verb.intent(), draft.reminds);
        if chosen.is_empty() {
            let items = found.iter().map(item).collect();
            let say = Say::Which(draft.verb, items);
            self.ask(Question::Which { draft, among }, say);
            return Ok(true);
        }
        self.confidence = PUT_TOGETHER;
        draft.tasks = chosen.iter().map(|found| found.task.id).collect();
        self.know(chosen);
        self.plan(draft);
        Ok(true)
    }

    /// Which of the tasks that were offered a command chooses: by its place, by words of its title,
    /// or all. One that asks for something else chooses none.
    fn choice(
        &self,
        draft: &Draft,
        among: &[Uuid],
        found: &[FoundTask],
        command: &Command,
        words: &str,
    ) -> Vec<FoundTask> {
        let target = match &command.target {
            Some(target) if command.intent == draft.verb.intent() => Some(target.clone()),
            _ if is_fragment(command) => self.target_of(words),
            _ => return Vec::new(),
        };
        if let Some(place) = target::place(target.as_ref(), words, among.len()) {
            return found.iter().filter(|found| found.task.id == among[place]).cloned().collect();
        }
        let kind = target.map(|target| target.kind);
        if says_all(words, kind.as_ref()) {
            return found.to_vec();
        }
        let title = match &kind {
            Some(TargetKind::Title(title)) => title,
            _ => words,
        };
        let best = target::best(&target::words(title), found.to_vec());
        if best.len() == 1 { best } else { Vec::new() }
    }

    fn timed(
        &mut self,
        mut draft: Draft,
        answered: Answered<'a>,
        commands: &[Command],
        is_command: bool,
    ) -> Result<bool, W::Error> {
        let own;
        let commands = match answered {
            Some((_, rest)) if !rest.is_empty() && !is_command => {
                self.said.sentence = rest;
                own = self.parse(rest);
                &own
            }
            _ => commands,
        };
        if let [command] = commands
            && (command.title.is_none() || command.intent == Intent::Unknown)
            && (command.due.is_some() || command.recurrence.is_some())
            && matches!(
                command.intent,
                Intent::Unknown | Intent::CreateTask | Intent::UpdateTask | Intent::SnoozeReminder
            )
        {
            let fields = Fields { title: None, ..self.fields(command) };
            draft.fields.correct(fields, self.local());
            self.note(draft.verb.intent(), draft.reminds);
            self.confidence = PUT_TOGETHER;
            if draft.verb == Verb::Create {
                self.create(draft)?;
            } else {
                self.carry_out(vec![draft])?;
            }
            return Ok(true);
        }
        if is_command {
            return Ok(false);
        }
        self.note(draft.verb.intent(), draft.reminds);
        self.ask(Question::When { draft }, Say::NoDate);
        Ok(true)
    }

    fn named(
        &mut self,
        mut draft: Draft,
        commands: &[Command],
        is_command: bool,
    ) -> Result<bool, W::Error> {
        let later = match commands {
            [command] if command.intent == Intent::CreateTask && command.title.is_some() => {
                self.fields(command)
            }
            _ if is_command => return Ok(false),
            _ => Fields { title: Some(self.said.sentence.to_owned()), ..Fields::default() },
        };
        draft.fields.correct(later, self.local());
        self.note(draft.verb.intent(), draft.reminds);
        self.confidence = PUT_TOGETHER;
        self.create(draft).map(|()| true)
    }

    /// Does what was agreed on, with what is left of its tasks.
    fn carry_out(&mut self, drafts: Vec<Draft>) -> Result<(), W::Error> {
        self.note_all(&drafts);
        for mut draft in drafts {
            if draft.verb != Verb::Create {
                let found = self.existing(&draft.tasks)?;
                if found.is_empty() {
                    self.ask(Question::ListOffer, Say::NotFound);
                    continue;
                }
                draft.tasks = found.iter().map(|found| found.task.id).collect();
                self.know(found);
            }
            self.perform(&draft);
        }
        Ok(())
    }

    fn note_all(&mut self, drafts: &[Draft]) {
        for draft in drafts {
            self.note(draft.verb.intent(), draft.reminds);
        }
    }

    fn refused(&mut self) -> bool {
        self.says.push(Say::Refused);
        true
    }

    fn parse(&self, words: &str) -> Vec<Command> {
        hear(words, self.local(), Some(self.language))
    }

    /// Which tasks words name that stand alone: they are heard as what something is done with.
    fn target_of(&self, words: &str) -> Option<Target> {
        let sentence = match self.language {
            Language::English => format!("complete {words}"),
            Language::Urdu => format!("{words} مکمل کرو"),
        };
        let commands = self.parse(&sentence);
        let [command] = &commands[..] else { return None };
        command.target.clone().filter(|_| command.intent == Intent::CompleteTask)
    }

    /// What a command of the sentence says of a task.
    fn fields(&self, command: &Command) -> Fields {
        Fields::of(command, self.said.sentence, self.local(), self.said.standing.now)
    }
}

/// "Both", "all of them".
fn says_all(words: &str, target: Option<&TargetKind>) -> bool {
    matches!(target, Some(TargetKind::All(_)))
        || target::words(words)
            .iter()
            .any(|word| ["both", "all", "دونوں", "سب"].contains(&word.as_str()))
}
