//! Nobody meets another user's data.

mod routes;

use anyhow::Result;
use serde_json::json;
use spindle_tests::Spindle;

use crate::{delete, patch};

#[tokio::test]
async fn another_users_task_is_not_there() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("somebody's").await?;
    let id = task["id"].as_str().unwrap_or_default();
    let trail = spindle.audit(id, 1).await?;
    let correlation_id = trail[0]["correlation_id"].as_str().unwrap_or_default();
    let database = spindle.database().await?;
    for table in ["tasks", "audit_logs"] {
        let give_away = format!("update {table} set user_id = gen_random_uuid()");
        assert_eq!(database.execute(&give_away, &[]).await?, 1);
    }

    let path = format!("/api/tasks/{id}");
    for (status, problem) in [
        spindle.get(&path).await?,
        patch(&spindle, &path, &json!({ "title": "mine" })).await?,
        spindle.post(&format!("{path}/complete"), &json!({})).await?,
        spindle.post(&format!("{path}/reopen"), &json!({})).await?,
        spindle.post(&format!("{path}/restore"), &json!({})).await?,
        spindle.post(&format!("{path}/undo"), &json!({})).await?,
        delete(&spindle, &path).await?,
    ] {
        assert_eq!((status, &problem["detail"]), (404, &json!("Task not found")));
    }
    for list in [
        "/api/tasks",
        "/api/tasks?status=active",
        "/api/audit",
        &format!("/api/audit?entity_id={id}"),
        &format!("/api/audit?correlation_id={correlation_id}"),
    ] {
        assert_eq!(spindle.get(list).await?, (200, json!({ "items": [], "next": null })), "{list}");
    }

    // Not even what is in the trash.
    database.execute("update tasks set status = 'deleted'", &[]).await?;
    for (status, problem) in [
        delete(&spindle, &format!("{path}?permanent=true")).await?,
        spindle.post(&format!("{path}/restore"), &json!({})).await?,
    ] {
        assert_eq!((status, &problem["detail"]), (404, &json!("Task not found")));
    }

    let operations = json!([
        { "op": "update", "id": id, "patch": { "title": "mine" } },
        { "op": "restore", "id": id },
    ]);
    let (_, batch) = spindle.post("/api/tasks/batch", &json!({ "operations": operations })).await?;
    for place in 0..2 {
        assert_eq!(batch["results"][place]["status"], 404, "{batch}");
    }

    let row = database
        .query_one("select title, version, (select count(*) from events) from tasks", &[])
        .await?;
    assert_eq!(
        (row.get::<_, String>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)),
        ("somebody's".to_owned(), 1, 1),
        "nothing was written"
    );
    spindle.stop().await
}

/// What an attacker could do who has taken over a component.
#[tokio::test]
async fn the_components_role_does_what_they_need_and_owns_nothing() -> Result<()> {
    let spindle = Spindle::start().await?;
    let (client, connection) =
        tokio_postgres::connect(&spindle.running.app_database_url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    for forbidden in [
        "create table mine (a int)",
        "drop table tasks",
        "alter table tasks add column a int",
        "truncate tasks",
        "delete from events",
        "update events set payload = '{}'",
        "update audit_logs set actor_id = 'somebody else'",
        "delete from audit_logs",
        "delete from users",
        "update users set is_admin = true",
        "update users set email = 'mine@example.com'",
        "update access_tokens set scopes = '[\"admin\"]'",
        "update idempotency_keys set request_hash = ''",
        "delete from idempotency_keys",
        "update relay_lease set epoch = 0",
        "delete from refinery_schema_history",
        "create role other",
        "alter role spindle_app superuser",
        "copy tasks to program 'cat'",
    ] {
        let refused = client.batch_execute(forbidden).await;
        let code = refused.as_ref().err().and_then(|error| error.code());
        assert_eq!(
            code,
            Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE),
            "{forbidden}: {refused:?}"
        );
    }
    spindle.create("what they need").await?;
    let owned = client
        .query_one("select count(*) from pg_class where relowner = current_user::regrole", &[])
        .await?;
    assert_eq!(owned.get::<_, i64>(0), 0);
    spindle.stop().await
}
