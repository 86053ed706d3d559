//! Answers to questions about tasks.

use domain::{FoundTask, Status};
use language::{Command, Filter, TargetKind};

use crate::talk::{Talk, World, item};
use crate::target;
use crate::texts::Say;

/// How many tasks one answer names.
const MOST_LISTED: u32 = 20;

impl<W: World> Talk<'_, W> {
    /// Lists what a command asks for.
    pub fn list(&mut self, command: &Command) -> Result<(), W::Error> {
        let sentence = self.said.sentence;
        let kind = command.target.as_ref().map(|target| &target.kind);
        let all = |filter| target::all(filter, command, sentence, MOST_LISTED);
        let (tasks, total) = match kind {
            None => {
                let found = self.world.find(&all(Filter::Active))?;
                (found.tasks, found.total)
            }
            Some(TargetKind::All(filter)) => {
                let found = self.world.find(&all(*filter))?;
                (found.tasks, found.total)
            }
            Some(TargetKind::Title(title)) if let Some(filter) = filter(title) => {
                let found = self.world.find(&all(filter))?;
                (found.tasks, found.total)
            }
            Some(TargetKind::Title(title)) => {
                let found = self.world.find(&target::by_title(title))?.tasks;
                let mut best = target::best(&target::words(title), found);
                let total = best.len() as i64;
                best.truncate(MOST_LISTED as usize);
                (best, total)
            }
            Some(TargetKind::Place(_)) => {
                let shown = self.memory.shown.clone();
                let place = target::place(command.target.as_ref(), "", shown.len());
                let id = place.and_then(|place| shown.get(place).copied());
                counted(self.existing(id.as_slice())?)
            }
            Some(TargetKind::Last) => {
                let last = self.memory.last.clone();
                counted(self.existing(&last)?)
            }
        };
        self.show(tasks, total);
        Ok(())
    }

    /// Lists what is to be done.
    pub fn list_active(&mut self) -> Result<(), W::Error> {
        let found = self.world.find(&target::any(&[Status::Active], MOST_LISTED))?;
        self.show(found.tasks, found.total);
        Ok(())
    }

    fn show(&mut self, mut tasks: Vec<FoundTask>, total: i64) {
        tasks.truncate(MOST_LISTED as usize);
        if tasks.is_empty() {
            self.says.push(Say::NoTasks);
            return;
        }
        self.memory.shown = tasks.iter().map(|found| found.task.id).collect();
        // "It" after a list of one is that one.
        if let [only] = &tasks[..] {
            self.touched.push(only.task.id);
        }
        self.says.push(Say::List { items: tasks.iter().map(item).collect(), total });
        self.listed.extend(tasks.into_iter().map(|found| found.task));
    }
}

/// The kind of tasks that a word alone asks for.
fn filter(word: &str) -> Option<Filter> {
    match word.trim().to_lowercase().as_str() {
        "completed" | "done" | "finished" | "مکمل" | "مکمل شدہ" => {
            Some(Filter::Completed)
        }
        "overdue" | "late" => Some(Filter::Overdue),
        _ => None,
    }
}

fn counted(tasks: Vec<FoundTask>) -> (Vec<FoundTask>, i64) {
    let total = tasks.len() as i64;
    (tasks, total)
}
