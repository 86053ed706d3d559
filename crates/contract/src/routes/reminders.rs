use domain::{
    Listing, NewPushSubscription, NewReminder, PushSubscription, Reminder, ReminderQuery, Scope,
    Snooze,
};
use serde_json::{Value, json};

use crate::operation::Operation;
use crate::types::{Types, content, status};

/// What can be done with one reminder.
const OF_ONE: [&str; 3] = ["getReminder", "cancelReminder", "snoozeReminder"];

pub fn operations(types: &mut Types) -> Vec<Operation> {
    let reminder = types.json::<Reminder>();
    let wanted = json!({
        "task_id": "0190aaaa-0000-7000-8000-000000000001", "lead_time": "15m", "delivery_method": "email",
    });
    let keys = json!({
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    });
    vec![
        Operation::new("get", "/api/reminders", "listReminders", "List reminders")
            .about("The newest first.")
            .needs(Scope::TasksRead)
            .queries(ReminderQuery::parameters())
            .answers("A page of reminders.", types.json::<Listing<Reminder>>())
            .leads_to(200, &["listReminders"], "cursor", "/next"),
        Operation::new("post", "/api/reminders", "createReminder", "Make a reminder of a task")
            .about(
                "It comes so long before the task is due, or at a time of its own. With the due date it moves, with the task \
                 it ends and comes back. A day without a time is due at nine o'clock. By `email` it goes to the account's \
                 address, by `push` to each browser that has subscribed, by `webhook` to its destination: a POST of JSON, or \
                 a message to a topic of ntfy.",
            )
            .needs(Scope::TasksWrite)
            .idempotent()
            .takes(types.json::<NewReminder>(), wanted)
            .problems(&[404, 409])
            .answers_with(201, "The reminder.", reminder.clone())
            .header(201, "Location")
            .leads_to(201, &OF_ONE, "id", "/id"),
        Operation::new("get", "/api/reminders/{id}", "getReminder", "Show a reminder")
            .needs(Scope::TasksRead)
            .answers("The reminder.", reminder.clone()),
        Operation::new("delete", "/api/reminders/{id}", "cancelReminder", "Cancel a reminder")
            .about("It is gone. That there was one, the audit trail of its task tells.")
            .needs(Scope::TasksWrite)
            .answers("It is cancelled.", status("cancelled", Some("reminder_id"))),
        Operation::new("post", "/api/reminders/{id}/snooze", "snoozeReminder", "Put a reminder off")
            .about("Also one that was sent: it comes again. Its task stays due when it is.")
            .needs(Scope::TasksWrite)
            .idempotent()
            .takes(types.json::<Snooze>(), json!({ "for": "10m" }))
            .problems(&[409])
            .answers("The reminder.", reminder),
        Operation::new(
            "get",
            "/api/push-subscriptions",
            "listPushSubscriptions",
            "List the browsers that are told",
        )
        .needs_person()
        .answers(
            "All of them, and the key by which a browser subscribes.",
            subscriptions(types.schema::<PushSubscription>()),
        ),
        Operation::new(
            "post",
            "/api/push-subscriptions",
            "createPushSubscription",
            "Have a browser told",
        )
        .about("What `PushSubscription.toJSON()` gives. One that is known gets its new keys.")
        .needs_person()
        .takes(
            types.json::<NewPushSubscription>(),
            json!({ "endpoint": "https://push.example/a", "expirationTime": null, "keys": keys }),
        )
        .problems(&[409])
        .answers_with(201, "The subscription.", types.json::<PushSubscription>())
        .leads_to(201, &["deletePushSubscription"], "id", "/id"),
        Operation::new(
            "delete",
            "/api/push-subscriptions/{id}",
            "deletePushSubscription",
            "Tell a browser no more",
        )
        .needs_person()
        .answers("It is deleted.", status("deleted", Some("push_subscription_id"))),
        unsubscribing("get", "askToUnsubscribe", "Where the links in mails lead"),
        unsubscribing("post", "unsubscribe", "Send no more reminders by mail"),
    ]
}

/// What is done with the token of a mail.
fn unsubscribing(method: &'static str, name: &str, summary: &str) -> Operation {
    let token = domain::schema::Parameter {
        name: "token",
        expected: "that of a link in a mail",
        schema: json!({ "type": "string", "format": "uuid" }),
    };
    let page = json!({ "text/html": { "schema": { "type": "string" } } });
    Operation::new(method, "/unsubscribe", name, summary)
        .queries(vec![token])
        .problems(&[404])
        .answers("A page that says so.", page)
}

fn subscriptions(item: Value) -> Value {
    content(json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": item },
            "public_key": {
                "type": ["string", "null"],
                "description": "`applicationServerKey` of a new subscription; null: pushes are off.",
            },
        },
        "required": ["items", "public_key"],
    }))
}
