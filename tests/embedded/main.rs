//! What only `spindle up` does: one process, its children, their deaths and returns.

mod dead_letters;
mod durability;
mod faults;
mod lifecycle;
mod local_mode;
mod logs;
mod outage;
mod outbox;
mod parse;
mod plans;
mod prompts;
mod relay;
mod reminders;
mod series;
mod strange_records;
mod walk;
mod webhooks;
