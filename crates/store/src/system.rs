//! The statements of `sql/system`, which work across users: the relay's, the audit's, the
//! operator's. Their files say what they do and what their parameters are.

use crate::statements::statements;

statements! { "system":
    /// Whom a personal access token acts for.
    ACCESS_TOKEN_USE = "access_token_use",
    /// One statement for a batch of audit rows.
    AUDIT_LOG_INSERT_MANY = "audit_log_insert_many",
    /// Deliveries of a batch of events.
    DELIVERY_INSERT_MANY = "delivery_insert_many",
    /// Deliveries of long ago go.
    DELIVERY_PURGE = "delivery_purge",
    /// What became of a round's deliveries.
    DELIVERY_RECORD = "delivery_record",
    /// What claimed rounds have to deliver.
    DELIVERY_TAKE = "delivery_take",
    /// What a relay that died left behind.
    EVENT_LIST_UNPUBLISHED = "event_list_unpublished",
    /// An event that a consumer gave up, or got again.
    EVENT_NOTE_FAILURE = "event_note_failure",
    /// The next committed events get their place.
    EVENT_POSITION_ASSIGN = "event_position_assign",
    /// Published events of long ago go.
    EVENT_PURGE = "event_purge",
    /// Idempotency keys of long ago go.
    IDEMPOTENCY_KEY_PURGE = "idempotency_key_purge",
    /// Set out to fetch a provider's keys.
    IDENTITY_PROVIDER_LEASE = "identity_provider_lease",
    /// Keep a provider's keys.
    IDENTITY_PROVIDER_UPDATE = "identity_provider_update",
    /// What has expired of log-ins goes.
    IDENTITY_PURGE = "identity_purge",
    /// Take one from a rate.
    RATE_LIMIT_TAKE = "rate_limit_take",
    /// Whether the schema fits, and what waits for Kafka.
    READINESS_SELECT = "readiness_select",
    /// Have delivered what is due to be reminded of.
    REMINDER_CLAIM = "reminder_claim",
    /// Reminders' deliveries of long ago go.
    REMINDER_DELIVERY_PURGE = "reminder_delivery_purge",
    /// What became of reminders' deliveries.
    REMINDER_RECORD = "reminder_record",
    /// Have delivered again what did not arrive.
    REMINDER_RETELL = "reminder_retell",
    /// Set out to deliver reminders.
    REMINDER_TAKE = "reminder_take",
    /// Continue a session.
    REFRESH_TOKEN_ROTATE = "refresh_token_rotate",
    /// Leave the lease.
    RELAY_LEASE_RELEASE = "relay_lease_release",
    /// Hold the lease longer.
    RELAY_LEASE_RENEW = "relay_lease_renew",
    /// Take the lease.
    RELAY_LEASE_TAKE = "relay_lease_take",
    /// A cheap look while idle.
    RELAY_LEASE_WATCH = "relay_lease_watch",
    /// Log out.
    SESSION_DELETE = "session_delete",
    /// Whose session a browser has.
    SESSION_USE = "session_use",
    /// What has been in the trash for long is deleted for good.
    TASK_PURGE_TRASH = "task_purge_trash",
    /// A task whose series may go on.
    TASK_SERIES_STANDING = "task_series_standing",
    /// The next one of a series.
    TASK_SPAWN = "task_spawn",
    /// The next one of a series goes, because the one before is to be done again.
    TASK_WITHDRAW = "task_withdraw",
    /// The user of an external identity provider.
    USER_INSERT_BY_SUBJECT = "user_insert_by_subject",
    /// Whom an e-mail address belongs to.
    USER_SELECT_BY_EMAIL = "user_select_by_email",
    /// What a token of an external identity provider is judged by.
    USER_SELECT_BY_SUBJECT = "user_select_by_subject",
    /// No more mail.
    USER_UNSUBSCRIBE = "user_unsubscribe",
    /// The user of local mode.
    USER_INSERT_DEMO = "user_insert_demo",
    /// Have delivered what is due.
    WEBHOOK_CLAIM = "webhook_claim",
}
