use domain::{AuditEntry, AuditQuery, ChangeQuery, Changes, Listing, Scope};
use serde_json::json;

use crate::operation::Operation;
use crate::types::Types;

pub fn operations(types: &mut Types) -> Vec<Operation> {
    let mut changes = types.json::<Changes>();
    changes["text/event-stream"] = json!({
        "schema": { "type": "string" },
        "example": "id: 7\nevent: task.created\ndata: {\"position\":7,\"event_type\":\"task.created\"}\n\n",
    });
    vec![
        Operation::new("get", "/api/audit", "listAuditEntries", "List who changed what")
            .needs(Scope::Audit)
            .queries(AuditQuery::parameters())
            .answers("A page of the audit trail.", types.json::<Listing<AuditEntry>>())
            .leads_to(200, &["listAuditEntries"], "cursor", "/next"),
        Operation::new("get", "/api/changes", "listChanges", "List what changed")
            .about(
                "A part of what happened, in order; with `wait`, as soon as there is something. Whoever asks for \
                 `text/event-stream` by name gets a stream of the same changes as server-sent events, which lasts five \
                 minutes and is resumed with `Last-Event-ID`; it ends sooner with what lets its client in. \
                 Log-ins and tokens are told to those who may read the audit trail.",
            )
            .needs(Scope::TasksRead)
            .queries(ChangeQuery::parameters())
            .parameter("LastEventId")
            .problems(&[410, 429])
            .answers("A part of what happened.", changes)
            .leads_to(200, &["listChanges"], "cursor", "/next"),
    ]
}
