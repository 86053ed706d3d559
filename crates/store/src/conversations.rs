//! Conversations, what was said in them, and what it changed.

use domain::{
    Conversation, Cursor, IdempotencyKey, Listing, Message, Origin, Page, Standing, Transcript,
    Turn, TurnOutcome, User,
};
use serde::{Deserialize, Serialize};
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::database::{document, event, execute, json, list, nullable, page, text, uuid};
use crate::statements::{
    CONVERSATION_DELETE, CONVERSATION_LIST_BY_USER, CONVERSATION_SELECT, CONVERSATION_STANDING,
    CONVERSATION_TURN, CONVERSATION_TURN_NEW,
};
use crate::{Error, Result, idempotency_keys};

/// Where the conversation of this name stands, and what time it is in `timezone`, or in the one
/// that it remembers.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the time zone doesn't exist.
pub fn standing(user: &User, client_key: &str, timezone: Option<&str>) -> Result<Standing> {
    let parameters = [uuid(user.id), text(client_key), nullable(timezone, text)];
    document(CONVERSATION_STANDING, &parameters)?
        .ok_or_else(|| Error::Failed("no standing came back".to_owned()))
}

/// Writes a turn: messages, state, tasks and their events; and, where the request has a key, what it
/// is answered beside the outcome. `None`: the conversation or one of the tasks has changed since it
/// was read, and nothing was written.
///
/// # Errors
/// [`Repeated`](Error::Repeated) if a turn with this key has been written.
pub fn turn(
    user: &User,
    origin: &Origin,
    turn: &Turn,
    kept: Option<(&IdempotencyKey, &impl Serialize)>,
) -> Result<Option<TurnOutcome>> {
    let [now, _, correlation_id, service] = event(origin);
    let [key, request_hash] = idempotency_keys::parameters(kept.map(|(key, _)| key));
    let parameters = [
        uuid(user.id),
        text(&turn.client_key),
        uuid(turn.conversation),
        ParameterValue::Int64(turn.version),
        json(&turn.state),
        text(&turn.timezone),
        json(&turn.messages),
        json(&turn.changes),
        now,
        correlation_id,
        service,
        key,
        request_hash,
        nullable(kept.map(|(_, answer)| answer), json),
    ];
    let is_new = turn.changes.iter().all(|change| change.version == 0);
    document(if is_new { CONVERSATION_TURN_NEW } else { CONVERSATION_TURN }, &parameters)
}

/// A page of conversations, the one that was spoken in last first.
pub fn list_by_user(user: &User, wanted: &Page) -> Result<Listing<Conversation>> {
    let mut parameters = vec![uuid(user.id)];
    parameters.extend(page(wanted));
    let conversations = list(CONVERSATION_LIST_BY_USER, &parameters)?;
    Ok(Listing::new(wanted, conversations, |it: &Conversation| Cursor {
        time: it.updated_at,
        id: it.id,
    }))
}

/// A conversation with a page of its messages. `None`: there is no such conversation.
pub fn select(user: &User, id: Uuid, wanted: &Page) -> Result<Option<Transcript>> {
    #[derive(Deserialize)]
    struct Found {
        conversation: Conversation,
        messages: Vec<Message>,
    }
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(page(wanted));
    let found: Option<Found> = document(CONVERSATION_SELECT, &parameters)?;
    Ok(found.map(|Found { conversation, messages }| {
        let cursor = |it: &Message| Cursor { time: it.created_at, id: it.id };
        Transcript { conversation, messages: Listing::new(wanted, messages, cursor) }
    }))
}

/// Forgets a conversation and its messages. `false`: there is no such conversation.
pub fn delete(user: &User, origin: &Origin, id: Uuid) -> Result<bool> {
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    Ok(execute(CONVERSATION_DELETE, &parameters)? > 0)
}
