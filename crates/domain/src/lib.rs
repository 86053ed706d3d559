//! Tasks, conversations, accounts, events and audit rows: what they are, and what is allowed.
//!
//! Everything here is a value or a rule, checked natively in milliseconds and compiled into every
//! component. It does no I/O: it knows no HTTP, no SQL and no clock but [`Time::now`].

mod account;
mod audit_entry;
mod change;
mod chat_answer;
mod chat_command;
mod conversation;
mod delivery;
mod due_date;
mod error;
mod event;
mod fields;
mod filter;
mod idempotency_key;
mod issued;
mod lead;
mod names;
mod origin;
mod page;
mod push_subscription;
mod query;
mod quick_add;
mod readiness;
mod reminder;
#[cfg(feature = "schema")]
pub mod schema;
mod scope;
mod series_event;
mod series_query;
mod suggestion;
mod task;
mod task_batch;
mod task_change;
mod task_fields;
mod task_input;
mod task_query;
mod task_search;
mod task_series;
mod task_undo;
mod time;
pub mod tool;
pub mod urdu;
mod versions;
mod webhook;

pub use account::{
    AccessToken, Account, LogIn, NewAccessToken, NewUser, Password, PasswordChange, UserPatch,
    normal_email, refresh_token,
};
pub use audit_entry::{AuditEntry, EventError};
pub use change::{Change, Changes};
pub use chat_answer::ChatAnswer;
pub use chat_command::ChatCommand;
pub use conversation::{
    Conversation, Message, NewMessage, Standing, Transcript, Turn, TurnOutcome,
};
pub use delivery::{Delivery, DeliveryQuery, DeliveryState, Notice};
pub use due_date::DueDate;
pub use error::{Error, FieldError};
pub use event::Envelope;
pub use filter::{Filter, FilterError, Predicate};
pub use idempotency_key::IdempotencyKey;
pub use issued::{IssuedAccessToken, IssuedTokens, IssuedWebhook};
pub use lead::{Lead, LeadError};
pub use origin::{Origin, User};
pub use page::{Cursor, Listing, Page};
pub use push_subscription::{NewPushSubscription, PushSubscription};
pub use query::{AuditQuery, ChangeQuery, ChangesAfter, DeleteQuery};
pub use quick_add::{Clock, Draft, Drafts, Piece, PiecePart, QuickAdd, TaskDraft};
pub use readiness::{Backlog, NotReady, Ready};
pub use reminder::{
    DeliveryMethod, NewReminder, Reminder, ReminderQuery, ReminderStatus, Snooze, When,
};
pub use scope::{Scope, Scopes};
pub use series_event::SeriesEvent;
pub use series_query::{EditScope, OccurrenceQuery, PatchQuery};
pub use task::{Priority, Status, Task};
pub use task_batch::{TaskBatch, TaskEdit, TaskOperation};
pub use task_change::{ChangeKind, TaskChange};
pub use task_input::{NewTask, TaskPatch};
pub use task_query::{ChosenTasks, Place, Sort, TaskQuery};
pub use task_search::{FoundTask, TaskSearch, TasksFound};
pub use task_series::{NextTask, Occurrence, SeriesError, SkipError};
pub use task_undo::LastChange;
pub use time::Time;
pub use versions::Versions;
pub use webhook::{NewWebhook, Webhook, WebhookPatch};
