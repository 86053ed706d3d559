//! One trace, from the request that asks to be reminded to the mail that reminds.

use anyhow::{Context as _, Result, ensure};
use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::json;
use spindle_tests::{
    Artifact, Cluster, Collector, Span, Spindle, WEB, answer, eventually, path_to, tree,
};

#[tokio::test]
async fn a_trace_goes_from_the_request_to_the_mail_through_each_process() -> Result<()> {
    let collector = Collector::start().await?;
    let url = collector.url();
    let traced = |service| {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
            ("OTEL_SERVICE_NAME", service),
            // A span is told of soon, not after five seconds.
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ]
    };
    let servers = Spindle::start_servers_with(&traced("relay")).await?;
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("image");
    Artifact::of_application()?.write(&image)?;
    let image = image.to_string_lossy();
    let pod = |name, components: &[&str]| {
        let (running, docker, environment) = (&servers.running, folder.path(), &traced(name));
        Cluster { running, image: &image, docker, environment }.pod(&docker.join(name), components)
    };
    let web = pod("web", WEB)?;
    let consumers = ["reminder-fire", "reminder-mail", "audit-write"];
    let starting = consumers.map(|name| pod(name, &[name]));
    let web = web.ready("/ready").await?;
    let mut consumers = Vec::new();
    for pod in starting {
        consumers.push(pod?.ready("/readyz").await?);
    }

    let due = (Utc::now() + TimeDelta::seconds(2)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let task = json!({ "title": "call mom", "due_date": due, "reminder_config": {} });
    let client = servers.running.client().await?;
    let made = client.post(format!("{}/api/tasks", web.url)).json(&task).send().await?;
    let trace = made.headers()["x-correlation-id"].to_str()?.replace('-', "");
    let (status, task) = answer(made).await?;
    ensure!(status == 200, "{status}: {task}");
    let is_mail = |it: &Span| (it.service.as_str(), it.kind) == ("reminder-mail", "client");
    eventually("the mail's span", async || {
        Ok(collector.trace(&trace).iter().any(is_mail).then_some(()))
    })
    .await
    .with_context(|| tree(&collector.trace(&trace)))?;
    web.stop().await?;
    for pod in consumers {
        pod.stop().await?;
    }
    servers.stop().await?;

    // Each has exported the last of its spans by now.
    let spans = collector.trace(&trace);
    println!("{}", tree(&spans));
    let mail = spans.iter().find(|it| is_mail(it)).context("no mail")?;
    let path = path_to(&spans, mail);
    let path: Vec<_> =
        path.iter().map(|it| (it.service.as_str(), it.kind, it.name.as_str())).collect();
    let expected = [
        ("web", "server", "POST /api/tasks"),
        ("relay", "producer", "send reminders"),
        ("reminder-mail", "consumer", "process reminders"),
        ("reminder-mail", "client", "POST"),
    ];
    assert_eq!(path, expected, "{}", tree(&spans));
    for span in &spans {
        let first = path_to(&spans, span)[0];
        assert_eq!(first.service, "web", "{} is alone:\n{}", span.name, tree(&spans));
    }
    Ok(())
}
