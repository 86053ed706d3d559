//! What an operator looks at: the schema's version, and what relays and pods show of themselves.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use spindle_tests::{
    Artifact, Cluster, Process, Spindle, WEB, answer, eventually, spindle_program,
};
use tokio::process::Command;

/// `spindle migrate`: its exit code, and what it said.
async fn migrate(url: &str, more: &[&str]) -> Result<(Option<i32>, String)> {
    let arguments = [&["migrate", "--database-url", url], more].concat();
    let output = Command::new(spindle_program()).args(arguments).output().await?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.code(), String::from_utf8(said)?))
}

#[tokio::test]
async fn an_older_schema_fails_the_check_and_is_not_ready() -> Result<()> {
    let servers = Spindle::start_servers().await?;
    servers.database().await?.batch_execute("create database another").await?;
    let there = |url: &str| url.replace("/spindle?", "/another?");
    let url = there(&servers.running.database_url);
    let (code, said) = migrate(&url, &["--check"]).await?;
    ensure!(code == Some(1) && said.contains("has version 0"), "{code:?}: {said}");
    let (code, said) = migrate(&url, &[]).await?;
    ensure!(code == Some(0), "{said}");
    let (code, said) = migrate(&url, &["--check"]).await?;
    ensure!(code == Some(0), "{said}");

    let mut running = servers.running.clone();
    running.app_database_url = there(&running.app_database_url);
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("image");
    Artifact::of_application()?.write(&image)?;
    let (image, docker) = (image.to_string_lossy(), folder.path());
    let cluster = Cluster::new(&running, &image, docker);
    let pod = cluster.pod(&folder.path().join("web"), WEB)?.ready("/ready").await?;
    // As it was before the last migration.
    let (database, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let last = "delete from refinery_schema_history
                 where version = (select max(version) from refinery_schema_history)";
    database.batch_execute(last).await?;
    let (code, said) = migrate(&url, &["--check"]).await?;
    ensure!(code == Some(1) && said.contains("run spindle migrate"), "{code:?}: {said}");
    eventually("that it isn't ready", async || {
        let ready = reqwest::get(format!("{}/ready", pod.url)).await?.status();
        Ok((ready == 503).then_some(()))
    })
    .await?;
    pod.stop().await?;
    servers.stop().await
}

#[tokio::test]
async fn a_newer_schema_is_left_as_it_is() -> Result<()> {
    let servers = Spindle::start_servers().await?;
    let database = servers.database().await?;
    let url = &servers.running.database_url;
    let later =
        "insert into refinery_schema_history values ($1, 'later', '2030-01-01T00:00:00Z', '1')";
    database.execute(later, &[&999_999]).await?;
    database.batch_execute("grant delete on audit_logs to spindle_app").await?;
    for arguments in [&[][..], &["--check"], &["--require-role"]] {
        let (code, said) = migrate(url, arguments).await?;
        ensure!(code == Some(0), "{arguments:?}: {said}");
    }
    let granted = "select has_table_privilege('spindle_app', 'audit_logs', 'delete')";
    ensure!(
        database.query_one(granted, &[]).await?.get::<_, bool>(0),
        "what it grants is withdrawn"
    );
    // One from between is somebody else's.
    database.execute(later, &[&0]).await?;
    let (code, said) = migrate(url, &[]).await?;
    ensure!(code == Some(1) && said.contains("can't migrate the schema"), "{code:?}: {said}");
    servers.stop().await
}

#[tokio::test]
async fn without_a_role_for_components_it_fails_if_there_has_to_be_one() -> Result<()> {
    let servers = Spindle::start_servers().await?;
    let database = servers.database().await?;
    let another = "create role owner_only login password 'x';
                   alter role spindle_app rename to somebody_else";
    database.batch_execute(another).await?;
    database.batch_execute("create database another owner owner_only").await?;
    let mut url = reqwest::Url::parse(&servers.running.database_url)?;
    url.set_path("another");
    url.set_username("owner_only").and(url.set_password(Some("x"))).ok().context("a URL")?;
    let (code, said) = migrate(url.as_str(), &["--require-role"]).await?;
    ensure!(code == Some(1) && said.contains("no role spindle_app"), "{code:?}: {said}");
    let (code, said) = migrate(url.as_str(), &[]).await?;
    ensure!(code == Some(0), "{said}");
    database.batch_execute("alter role somebody_else rename to spindle_app").await?;
    let (code, said) = migrate(url.as_str(), &["--require-role"]).await?;
    ensure!(code == Some(0), "{said}");
    servers.stop().await
}

#[tokio::test]
async fn relays_say_who_is_active_and_whether_they_can_go_on() -> Result<()> {
    let mut servers = Spindle::start_servers().await?;
    // Postgres and the broker stay, their relay doesn't.
    servers.kill().await?;
    let folder = tempfile::tempdir()?;
    let environment = [
        ("DATABASE_URL".to_owned(), servers.running.database_url.clone()),
        ("KAFKA_BROKERS".to_owned(), servers.running.kafka_brokers.clone()),
    ];
    let mut urls = Vec::new();
    let mut relays = Vec::new();
    for (name, word) in [("first", "active"), ("second", "standby")] {
        let log = folder.path().join(name).with_extension("log");
        let arguments = ["--log-format", "json", "relay", "--listen", "127.0.0.1:0"];
        relays.push(Process::spawn(&spindle_program(), &arguments, &environment, &log)?);
        let url = monitor(&log).await?;
        let mut last = Value::Null;
        eventually(&format!("the {name} relay to be {word}"), async || {
            let (status, health) = answer(reqwest::get(format!("{url}/readyz")).await?).await?;
            let is_so = status == 200 && health["relays"]["relay"] == word;
            last = health;
            Ok(is_so.then_some(()))
        })
        .await
        .with_context(|| format!("it is {last}"))?;
        let metrics = reqwest::get(format!("{url}/metrics")).await?.text().await?;
        let active = format!("spindle_relay_active {}", i32::from(word == "active"));
        ensure!(metrics.lines().any(|line| line == active), "{metrics}");
        urls.push(url);
    }
    let broker = servers.broker_pid().and_then(Pid::from_raw).context("no broker")?;
    kill_process(broker, Signal::KILL)?;
    let event = "
        insert into events (user_id, subject, event_type, topic_name, correlation_id, payload, source_service)
        values (gen_random_uuid(), 'x', 'relay.tested', 'task-events', 'x', '{}', 'test')";
    servers.database().await?.batch_execute(event).await?;
    let url = &urls[0];
    eventually("that it can't go on", async || {
        let ready = reqwest::get(format!("{url}/readyz")).await?.status();
        Ok((ready == 503).then_some(()))
    })
    .await?;
    // It needn't be started anew.
    ensure!(reqwest::get(format!("{url}/livez")).await?.status() == 200);
    for mut relay in relays {
        ensure!(relay.end(Signal::TERM).await?.success(), "{}", relay.log_tail());
    }
    Ok(())
}

#[tokio::test]
async fn a_pod_counts_the_requests_of_its_routes() -> Result<()> {
    let mut servers = Spindle::start_servers().await?;
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("image");
    Artifact::of_application()?.write(&image)?;
    let cluster = Cluster {
        running: &servers.running,
        image: &image.to_string_lossy(),
        docker: folder.path(),
        environment: &[("SPINDLE_METRICS_LISTEN", "127.0.0.1:0")],
    };
    let web = cluster.pod(&folder.path().join("web"), WEB)?.ready("/ready").await?;
    servers.ask_through(&web).await?;
    for title in ["one", "two", ""] {
        servers.post("/api/tasks", &json!({ "title": title })).await?;
    }
    let url = monitor(&folder.path().join("web/pod.log")).await?;
    let metrics = reqwest::get(format!("{url}/metrics")).await?.text().await?;
    for line in [
        r#"spin_http_requests_total{component="tasks",status="200"} 2"#,
        r#"spin_http_requests_total{component="tasks",status="422"} 1"#,
        r#"spin_http_request_seconds_count{component="tasks"} 3"#,
    ] {
        ensure!(metrics.lines().any(|it| it == line), "{line}: {metrics}");
    }
    web.stop().await?;
    servers.stop().await
}

/// Where a process shows how it is, by its log.
async fn monitor(log: &Path) -> Result<String> {
    eventually("its monitor", async || {
        let text = std::fs::read_to_string(log)?;
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut serving =
            lines.filter(|line| line["message"].as_str().is_some_and(|it| it.contains("/metrics")));
        let address = serving.next().and_then(|line| line["address"].as_str().map(str::to_owned));
        Ok(address.map(|address| format!("http://{address}")))
    })
    .await
}
