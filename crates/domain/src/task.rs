use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::names::names;
use crate::{DueDate, Time};

/// A task as the API shows it, events carry it and audit rows keep it.
///
/// SQL's `task_json` writes it, this type reads it. Limits of the fields stand with
/// [`NewTask`](crate::NewTask).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the customer's and say what they are")]
pub struct Task {
    pub id: Uuid,
    pub user_id: Uuid,
    /// Grows by one with each change.
    pub version: i64,
    pub title: String,
    pub description: Option<String>,
    pub due_date: Option<DueDate>,
    /// Whether `due_date` is a day of `timezone` and no instant.
    pub all_day: bool,
    /// IANA's name of a time zone.
    pub timezone: String,
    pub priority: Priority,
    pub tags: Vec<String>,
    pub status: Status,
    pub reminder_config: Option<Map<String, Value>>,
    pub recurrence_rule: Option<Map<String, Value>>,
    pub reminder_id: Option<Uuid>,
    /// Of one that comes back, the one that was completed before.
    pub parent_task_id: Option<Uuid>,
    /// Which series it is one of, if it comes back.
    pub series_id: Option<Uuid>,
    /// Which of its series it is, from 1.
    pub occurrence: Option<i32>,
    /// What its rule counts from: a day, or a time on the wall.
    pub series_start: Option<String>,
    /// What this one has otherwise than its series: the values that the next one takes.
    pub series_fields: Option<Map<String, Value>>,
    pub created_at: Time,
    pub updated_at: Time,
    pub completed_at: Option<Time>,
    /// When it went to the trash.
    pub deleted_at: Option<Time>,
}

/// How much a task matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Priority {
    Low,
    #[default]
    Medium,
    High,
}

names!(Priority: Low = "low", Medium = "medium", High = "high");

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// To be done.
    Active,
    /// Done.
    Completed,
    /// In the trash.
    Deleted,
}

names!(Status: Active = "active", Completed = "completed", Deleted = "deleted");
