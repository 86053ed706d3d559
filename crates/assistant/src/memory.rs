//! What a conversation remembers from one message to the next.

use domain::ChangeKind;
use language::Language;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::plan::Draft;

/// The form of what is remembered. State of another is dropped: an open question is asked again.
const VERSION: u32 = 1;

/// How many bytes of JSON may be remembered; the column takes twice as much.
const MOST_BYTES: usize = 32 * 1024;

/// What is remembered, as it stands in `conversations.state`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    version: u32,
    /// What we have asked, if anything.
    pub question: Option<Question>,
    /// The tasks of the list that was shown last, in its order.
    pub shown: Vec<Uuid>,
    /// The tasks that were spoken of last.
    pub last: Vec<Uuid>,
    /// What takes the last change back.
    pub undo: Vec<UndoStep>,
    /// `ur`: Urdu was spoken last.
    pub language: Option<String>,
}

/// A question that is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum Question {
    /// "Is that correct?"
    Confirm { drafts: Vec<Draft> },
    /// "Which of these?"
    Which { draft: Draft, among: Vec<Uuid> },
    /// "When should I remind you?"
    When { draft: Draft },
    /// "What should I call it?"
    What { draft: Draft },
    /// "Would you like me to list your tasks?"
    ListOffer,
}

/// What takes a change of one task back, as long as nobody has changed it since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UndoStep {
    pub id: Uuid,
    /// The version that the change left.
    pub version: i64,
    pub kind: ChangeKind,
    pub fields: Map<String, Value>,
}

impl Memory {
    /// Of a state that is unknown, old or no state at all, nothing is remembered.
    pub fn read(state: Option<&Value>) -> Self {
        let known = state.filter(|state| state["version"] == VERSION);
        known.and_then(|state| Self::deserialize(state).ok()).unwrap_or_default()
    }

    /// As it is kept. What is too large is forgotten, what matters least first.
    pub fn write(mut self) -> Value {
        self.version = VERSION;
        let forget: [fn(&mut Self); 3] = [
            |memory| memory.undo.clear(),
            |memory| memory.shown.clear(),
            |memory| *memory = Self { version: VERSION, ..Self::default() },
        ];
        for forget in forget {
            let value = serde_json::to_value(&self).unwrap_or_default();
            if value.to_string().len() <= MOST_BYTES {
                return value;
            }
            forget(&mut self);
        }
        serde_json::to_value(&self).unwrap_or_default()
    }

    pub fn language(&self) -> Option<Language> {
        self.language.as_deref().map(|name| language_of(name).unwrap_or(Language::English))
    }
}

/// The language of this name.
pub(crate) fn language_of(name: &str) -> Option<Language> {
    match name {
        "en" => Some(Language::English),
        "ur" => Some(Language::Urdu),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::{Fields, Verb};

    fn question() -> Memory {
        let draft =
            Draft { verb: Verb::Create, tasks: vec![], fields: Fields::default(), reminds: true };
        Memory { question: Some(Question::When { draft }), ..Memory::default() }
    }

    #[test]
    fn what_is_written_is_read() {
        let written = question().write();
        assert_eq!(written["version"], 1);
        assert_eq!(Memory::read(Some(&written)).question, question().question);
    }

    #[test]
    fn what_is_unknown_or_old_is_dropped() {
        let mut newer = question().write();
        newer["version"] = json!(2);
        let mut other = question().write();
        other["mood"] = json!("good");
        for state in [json!({}), json!("x"), json!({"version": 1}), newer, other] {
            assert_eq!(Memory::read(Some(&state)), Memory::default(), "{state}");
        }
        assert_eq!(Memory::read(None), Memory::default());
    }

    #[test]
    fn what_is_too_large_is_forgotten_least_important_first() {
        let step = UndoStep {
            id: Uuid::nil(),
            version: 1,
            kind: ChangeKind::Updated,
            fields: Map::from_iter([("title".to_owned(), json!("x".repeat(2000)))]),
        };
        let mut memory = question();
        memory.undo = vec![step; 100];
        memory.last = vec![Uuid::nil()];
        let read = Memory::read(Some(&memory.write()));
        assert_eq!((read.undo.len(), read.last.len()), (0, 1));
        assert!(read.question.is_some());
    }
}
