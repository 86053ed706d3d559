//! The browsers that users are told in.

use domain::{NewPushSubscription, PushSubscription, Time, User};
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::Result;
use crate::database::{document, list, text, uuid};
use crate::statements::{
    PUSH_SUBSCRIPTION_DELETE, PUSH_SUBSCRIPTION_INSERT, PUSH_SUBSCRIPTION_LIST_BY_USER,
};

/// A browser to tell; one that is known gets its new keys. `None`: the user has `most` already.
pub fn insert(
    user: &User,
    subscription: &NewPushSubscription,
    most: u32,
) -> Result<Option<PushSubscription>> {
    let parameters = [
        uuid(user.id),
        uuid(Uuid::now_v7()),
        text(&subscription.endpoint),
        text(&subscription.p256dh),
        text(&subscription.auth),
        ParameterValue::Int64(most.into()),
        text(Time::now()),
    ];
    document(PUSH_SUBSCRIPTION_INSERT, &parameters)
}

/// All of a user's, the newest first.
pub fn list_by_user(user: &User) -> Result<Vec<PushSubscription>> {
    list(PUSH_SUBSCRIPTION_LIST_BY_USER, &[uuid(user.id)])
}

/// Tells a browser no more. `false`: there is no such subscription.
pub fn delete(user: &User, id: Uuid) -> Result<bool> {
    Ok(document::<Uuid>(PUSH_SUBSCRIPTION_DELETE, &[uuid(user.id), uuid(id)])?.is_some())
}
