use domain::{Delivery, DeliveryQuery, IssuedWebhook, Listing, NewWebhook, Webhook, WebhookPatch};
use serde_json::json;

use crate::operation::Operation;
use crate::types::{Types, content, items, status};

/// What can be done with one webhook.
const OF_ONE: [&str; 5] =
    ["getWebhook", "updateWebhook", "deleteWebhook", "listDeliveries", "retryDeliveries"];

pub fn operations(types: &mut Types) -> Vec<Operation> {
    let webhook = types.json::<Webhook>();
    let wanted = json!({ "url": "https://example.com/hook", "event_types": ["task.completed"] });
    vec![
        Operation::new("get", "/api/webhooks", "listWebhooks", "List webhooks")
            .needs_person()
            .answers("All of them, without their secrets.", items(types.schema::<Webhook>())),
        Operation::new("post", "/api/webhooks", "createWebhook", "Make a webhook")
            .about(
                "Each event that happens to the user's tasks from now on is posted there, in the form of an item of \
                 `/api/changes`. A post is signed as Standard Webhooks has it: `webhook-signature` is `v1,` and the base64 of \
                 HMAC-SHA256 over `webhook-id`, `webhook-timestamp` and the body with dots between, by the bytes that the \
                 secret has in base64 after `whsec_`. A status of 200 to 299 within ten seconds takes it; anything else has it \
                 sent again, for a day, under the same `webhook-id`. 410 ends the webhook.",
            )
            .needs_person()
            .takes(types.json::<NewWebhook>(), wanted)
            .problems(&[409])
            .answers_with(
                201,
                "The webhook, whose secret is shown this once.",
                types.json::<IssuedWebhook<'static>>(),
            )
            .header(201, "Location")
            .leads_to(201, &OF_ONE, "id", "/id"),
        Operation::new("get", "/api/webhooks/{id}", "getWebhook", "Show a webhook")
            .needs_person()
            .answers("The webhook.", webhook.clone()),
        Operation::new("patch", "/api/webhooks/{id}", "updateWebhook", "Change a webhook")
            .about("Whatever waited because of failures is tried again at once.")
            .needs_person()
            .takes(types.json::<WebhookPatch>(), json!({ "active": false }))
            .answers("The webhook as it is now.", webhook),
        Operation::new("delete", "/api/webhooks/{id}", "deleteWebhook", "Delete a webhook")
            .about("With what was to be delivered to it, and the log of it.")
            .needs_person()
            .answers("It is deleted.", status("deleted", Some("webhook_id"))),
        Operation::new(
            "get",
            "/api/webhooks/{id}/deliveries",
            "listDeliveries",
            "List what was posted, or is to be",
        )
        .about("The newest first, of the last thirty days.")
        .needs_person()
        .queries(DeliveryQuery::parameters())
        .answers("A page of deliveries.", types.json::<Listing<Delivery>>())
        .leads_to(200, &["listDeliveries"], "cursor", "/next"),
        Operation::new(
            "post",
            "/api/webhooks/{id}/retry",
            "retryDeliveries",
            "Post at once what waits or has failed",
        )
        .needs_person()
        .answers(
            "It is due.",
            content(json!({
                "type": "object",
                "properties": {
                    "status": { "const": "due" },
                    "deliveries": { "type": "integer", "minimum": 0, "description": "How many those are." },
                },
                "required": ["status", "deliveries"],
            })),
        ),
    ]
}
