//! Where users want to be told of what happens, and what became of telling them.

use domain::{
    Cursor, Delivery, DeliveryQuery, Listing, NewWebhook, Origin, Time, User, Webhook, WebhookPatch,
};
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::Result;
use crate::database::{document, event, json, list, nullable, page, text, uuid};
use crate::statements::{
    DELIVERY_LIST_BY_WEBHOOK, WEBHOOK_DELETE, WEBHOOK_INSERT, WEBHOOK_LIST_BY_USER, WEBHOOK_RETRY,
    WEBHOOK_SELECT, WEBHOOK_UPDATE,
};

/// A new webhook. `None`: the user has `most` already.
pub fn insert(
    user: &User,
    origin: &Origin,
    webhook: &NewWebhook,
    secret: &str,
    most: u32,
) -> Result<Option<Webhook>> {
    let mut parameters = vec![
        uuid(user.id),
        uuid(Uuid::now_v7()),
        text(&webhook.url),
        nullable(webhook.event_types.as_ref(), json),
        text(secret),
        ParameterValue::Int64(most.into()),
    ];
    parameters.extend(event(origin));
    document(WEBHOOK_INSERT, &parameters)
}

/// All of a user's webhooks, the newest first.
pub fn list_by_user(user: &User) -> Result<Vec<Webhook>> {
    list(WEBHOOK_LIST_BY_USER, &[uuid(user.id)])
}

/// A webhook. `None`: there is no such webhook.
pub fn select(user: &User, id: Uuid) -> Result<Option<Webhook>> {
    document(WEBHOOK_SELECT, &[uuid(user.id), uuid(id)])
}

/// Changes a webhook. `None`: there is no such webhook.
pub fn update(
    user: &User,
    origin: &Origin,
    id: Uuid,
    patch: &WebhookPatch,
) -> Result<Option<Webhook>> {
    let mut parameters = vec![uuid(user.id), uuid(id), json(patch)];
    parameters.extend(event(origin));
    document(WEBHOOK_UPDATE, &parameters)
}

/// Deletes a webhook and what was to be delivered to it. `false`: there is no such webhook.
pub fn delete(user: &User, origin: &Origin, id: Uuid) -> Result<bool> {
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    Ok(document::<Uuid>(WEBHOOK_DELETE, &parameters)?.is_some())
}

/// Makes due whatever waits or has failed, and says how much that is. `None`: there is no such webhook.
pub fn retry(user: &User, id: Uuid) -> Result<Option<u64>> {
    document(WEBHOOK_RETRY, &[uuid(user.id), uuid(id), text(Time::now())])
}

/// A page of a webhook's deliveries, the newest first. `None`: there is no such webhook.
pub fn deliveries(
    user: &User,
    id: Uuid,
    wanted: &DeliveryQuery,
) -> Result<Option<Listing<Delivery>>> {
    let state = wanted.state.map(|state| state.as_str());
    let mut parameters = vec![uuid(user.id), uuid(id), nullable(state, text)];
    parameters.extend(page(&wanted.page));
    let found: Option<Vec<Delivery>> = document(DELIVERY_LIST_BY_WEBHOOK, &parameters)?;
    let place = |delivery: &Delivery| Cursor { time: delivery.created_at, id: delivery.id };
    Ok(found.map(|deliveries| Listing::new(&wanted.page, deliveries, place)))
}
