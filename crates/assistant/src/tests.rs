//! Conversations with an assistant that has tasks in memory.

mod conversation;
mod draft;
mod model;
mod questions;
mod user;

use user::User;
