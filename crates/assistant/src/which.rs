//! The tasks that a command is about.

use domain::{FoundTask, Status};
use language::{Command, Target, TargetKind};
use uuid::Uuid;

use crate::memory::Question;
use crate::plan::{Draft, Verb};
use crate::talk::{Talk, World, item};
use crate::target::{self, MOST_TASKS};
use crate::texts::Say;

/// From how many tasks somebody is asked to choose.
const CHOICE: usize = 9;

/// Which tasks a command means.
enum Meant {
    Tasks(Vec<FoundTask>),
    /// One of these.
    OneOf(Vec<FoundTask>),
    /// More than may be touched at once.
    TooMany,
}

impl<W: World> Talk<'_, W> {
    /// Something with tasks that are there already.
    pub fn with_target(&mut self, mut draft: Draft, command: &Command) -> Result<(), W::Error> {
        match self.meant(draft.verb, command)? {
            Meant::Tasks(found) if found.is_empty() => {
                self.ask(Question::ListOffer, Say::NotFound);
            }
            Meant::Tasks(found) => {
                draft.tasks = found.iter().map(|found| found.task.id).collect();
                self.know(found);
                if draft.verb == Verb::Snooze && draft.fields.due.is_none() {
                    self.ask(Question::When { draft }, Say::When);
                } else {
                    self.plan(draft);
                }
            }
            Meant::OneOf(mut found) => {
                found.truncate(CHOICE);
                let among: Vec<Uuid> = found.iter().map(|found| found.task.id).collect();
                let items = found.iter().map(item).collect();
                self.memory.shown.clone_from(&among);
                self.know(found);
                self.ask(
                    Question::Which { draft: draft.clone(), among },
                    Say::Which(draft.verb, items),
                );
            }
            Meant::TooMany => self.says.push(Say::TooManyTasks(MOST_TASKS)),
        }
        Ok(())
    }

    fn meant(&mut self, verb: Verb, command: &Command) -> Result<Meant, W::Error> {
        let Some(Target { kind, .. }) = &command.target else {
            return self.without_target(verb);
        };
        let found = match kind {
            TargetKind::Title(title) => {
                let found = self.world.find(&target::by_title(title))?.tasks;
                let mut best = target::fitting(verb, target::best(&target::words(title), found));
                // "Delete the dentist on friday": which of them, unless it is what is to be set.
                let day = command.due.filter(|_| verb != Verb::Update && verb != Verb::Snooze);
                if let Some(day) = day.map(|due| due.at.date()) {
                    let is_then =
                        |found: &FoundTask| found.due_local.is_some_and(|it| it.date() == day);
                    if best.iter().any(is_then) {
                        best.retain(is_then);
                    }
                }
                if best.len() > 1 {
                    return Ok(Meant::OneOf(best));
                }
                best
            }
            TargetKind::Place(_) => {
                let shown = self.memory.shown.clone();
                let place = target::place(command.target.as_ref(), "", shown.len());
                let id = place.and_then(|place| shown.get(place).copied());
                self.existing(id.as_slice())?
            }
            TargetKind::Last => return self.last(verb),
            TargetKind::All(filter) => {
                // What is to be set doesn't say which.
                let mut which = command.clone();
                if verb == Verb::Update || verb == Verb::Snooze {
                    (which.due, which.priority, which.tags) = (None, None, Vec::new());
                }
                let filter =
                    if verb == Verb::Reopen { language::Filter::Completed } else { *filter };
                let limit = MOST_TASKS as u32 + 1;
                let found =
                    self.world.find(&target::all(filter, &which, self.said.sentence, limit))?;
                if found.tasks.len() > MOST_TASKS {
                    return Ok(Meant::TooMany);
                }
                found.tasks
            }
        };
        Ok(Meant::Tasks(found))
    }

    /// A command that names no task is about what was spoken of last; else the user chooses.
    fn without_target(&mut self, verb: Verb) -> Result<Meant, W::Error> {
        if verb == Verb::Snooze || verb == Verb::Update {
            let last = self.last(verb)?;
            if !matches!(&last, Meant::Tasks(found) if found.is_empty()) {
                return Ok(last);
            }
        }
        let status = if verb == Verb::Reopen { Status::Completed } else { Status::Active };
        let found = self.world.find(&target::any(&[status], CHOICE as u32))?.tasks;
        Ok(if found.is_empty() { Meant::Tasks(found) } else { Meant::OneOf(found) })
    }

    fn last(&mut self, verb: Verb) -> Result<Meant, W::Error> {
        let ids = if self.touched.is_empty() { &self.memory.last } else { &self.touched };
        let ids = ids.clone();
        let found = self.existing(&ids)?;
        // "It" is one of them; what was done with several is not undone with one word.
        Ok(if found.len() > 1 && verb != Verb::Update {
            Meant::OneOf(found)
        } else {
            Meant::Tasks(found)
        })
    }

    /// The tasks of these ids that are not in the trash, in their order.
    pub fn existing(&mut self, ids: &[Uuid]) -> Result<Vec<FoundTask>, W::Error> {
        let mut found = self.look_up(ids)?;
        found.retain(|found| found.task.status != Status::Deleted);
        Ok(found)
    }

    /// The tasks of these ids, in their order.
    pub fn look_up(&mut self, ids: &[Uuid]) -> Result<Vec<FoundTask>, W::Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.world.find(&target::by_ids(ids))?.tasks;
        let of = |id: &Uuid| found.iter().find(|found| found.task.id == *id).cloned();
        Ok(ids.iter().filter_map(of).collect())
    }

    pub fn know(&mut self, found: Vec<FoundTask>) {
        self.known.extend(found.into_iter().map(|found| (found.task.id, found)));
    }
}
