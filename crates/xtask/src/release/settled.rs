//! Whether SpinKube has done what a chart asks for. Helm waits for Deployments, and those of SpinApps aren't in the chart: the
//! operator makes them, a moment later. Without waiting for them, a smoke test would try the version before.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// How long it may take: an image is pulled, components are compiled.
const PATIENCE: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_secs(2);

/// Waits until each SpinApp of a namespace runs as it is written.
pub fn wait(namespace: &str) -> Result<()> {
    eprintln!("▸ what the operator makes of SpinApps");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let apps = get(namespace, "spinapps.core.spinkube.dev")?;
        let executors = get(namespace, "spinappexecutors.core.spinkube.dev")?;
        let deployments = get(namespace, "deployments.apps")?;
        let Some(what) = behind(&apps, &executors, &deployments) else { return Ok(()) };
        if Instant::now() > deadline {
            bail!("after {} s: {what}", PATIENCE.as_secs());
        }
        sleep(PAUSE);
    }
}

/// A list of what there is. Where the cluster doesn't know the kind, there is none.
fn get(namespace: &str, kind: &str) -> Result<Value> {
    let mut kubectl = Command::new("kubectl");
    let output = kubectl.args(["--namespace", namespace, "get", kind, "--output", "json"]).output();
    let output = output.context("can't run kubectl")?;
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout)?);
    }
    let error = String::from_utf8_lossy(&output.stderr);
    if error.contains("doesn't have a resource type") {
        return Ok(Value::Null);
    }
    bail!("kubectl get {kind}: {}", error.trim())
}

/// What isn't as it is written yet, if there is anything.
fn behind(apps: &Value, executors: &Value, deployments: &Value) -> Option<String> {
    let items = |list: &Value| list["items"].as_array().cloned().unwrap_or_default();
    let (executors, deployments) = (items(executors), items(deployments));
    items(apps).iter().find_map(|app| {
        let name = &app["metadata"]["name"];
        // It has the SpinApp's name.
        let Some(deployment) = deployments.iter().find(|one| &one["metadata"]["name"] == name)
        else {
            return Some(format!("{name} has no Deployment"));
        };
        let image = &app["spec"]["image"];
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        let executor =
            executors.iter().find(|one| one["metadata"]["name"] == app["spec"]["executor"]);
        // An executor that has an image of its own gets the application as an argument; else the application is the image.
        let as_written = match executor.map(|one| &one["spec"]["deploymentConfig"]["spinImage"]) {
            Some(own) if own.is_string() => {
                let args = container["args"].as_array();
                &container["image"] == own && args.is_some_and(|args| args.contains(image))
            }
            _ => &container["image"] == image,
        };
        if !as_written {
            return Some(format!("{name} doesn't have {image} yet"));
        }
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        let status = &deployment["status"];
        let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
        let seen =
            number(&status["observedGeneration"]) >= number(&deployment["metadata"]["generation"]);
        let [all, updated, available] = ["replicas", "updatedReplicas", "availableReplicas"]
            .map(|count| number(&status[count]));
        (!seen || updated < wanted || all > updated || available < updated).then(|| {
            format!("{name}: {updated} of {wanted} are new, {available} of {all} available")
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn apps(image: &str) -> Value {
        let app =
            json!({ "metadata": { "name": "http" }, "spec": { "image": image, "executor": "x" } });
        json!({ "items": [app] })
    }

    fn executor(config: Value) -> Value {
        json!({ "items": [{ "metadata": { "name": "x" }, "spec": { "deploymentConfig": config } }] })
    }

    fn shim() -> Value {
        executor(json!({ "runtimeClassName": "wasmtime-spin-v2" }))
    }

    fn deployment(container: Value, status: Value) -> Value {
        json!({ "items": [{
            "metadata": { "name": "http", "generation": 2 },
            "spec": { "replicas": 2, "template": { "spec": { "containers": [container] } } },
            "status": status,
        }] })
    }

    fn done() -> Value {
        json!({ "observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2 })
    }

    #[test]
    fn what_the_operator_has_not_seen_is_behind() {
        let none = json!({ "items": [] });
        assert_eq!(
            behind(&apps("a:2"), &shim(), &none).as_deref(),
            Some("\"http\" has no Deployment")
        );
        let old = deployment(json!({ "image": "a:1" }), done());
        assert!(
            behind(&apps("a:2"), &shim(), &old).is_some_and(|what| what.contains("doesn't have"))
        );
    }

    #[test]
    fn what_rolls_is_behind() {
        let new = |changed: Value| {
            let mut status = done();
            let changes = changed.as_object().cloned().unwrap_or_default();
            status.as_object_mut().unwrap().extend(changes);
            behind(&apps("a:2"), &shim(), &deployment(json!({ "image": "a:2" }), status))
        };
        assert_eq!(new(json!({})), None);
        for rolling in [
            json!({ "observedGeneration": 1 }),
            json!({ "updatedReplicas": 1 }),
            json!({ "availableReplicas": 1 }),
            // One of before still serves.
            json!({ "replicas": 3 }),
        ] {
            assert!(new(rolling.clone()).is_some(), "{rolling}");
        }
    }

    #[test]
    fn an_application_may_be_an_argument() {
        let ours = executor(json!({ "spinImage": "executor:2" }));
        let runs = |image: &str, app: &str| {
            let container = json!({ "image": image, "args": ["up", "-f", app] });
            behind(&apps("a:2"), &ours, &deployment(container, done()))
        };
        assert_eq!(runs("executor:2", "a:2"), None);
        assert!(runs("executor:2", "a:1").is_some());
        assert!(runs("executor:1", "a:2").is_some());
    }

    #[test]
    fn without_spinkube_nothing_is_behind() {
        let deployments = deployment(json!({}), json!({}));
        assert_eq!(behind(&Value::Null, &Value::Null, &deployments), None);
    }
}
