//! Whether a cluster runs what a chart asks for. Helm waits for Deployments, if it is told to, and those of SpinApps aren't in
//! the chart: the operator makes them, a moment later. Without waiting for them, a smoke test would try the version before.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// How long it may take: an image is pulled, components are compiled.
const PATIENCE: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_secs(2);

/// Waits until each SpinApp of a namespace and each Deployment of a release runs as it is written.
pub fn wait(namespace: &str, release: &str) -> Result<()> {
    eprintln!("▸ until all of it runs");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let apps = get(namespace, "spinapps.core.spinkube.dev")?;
        let executors = get(namespace, "spinappexecutors.core.spinkube.dev")?;
        let deployments = get(namespace, "deployments.apps")?;
        let what = behind(&apps, &executors, &deployments);
        let Some(what) = what.or_else(|| rolling_of(release, &deployments)) else { return Ok(()) };
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

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Which SpinApp isn't as it is written yet, and why.
fn behind(apps: &Value, executors: &Value, deployments: &Value) -> Option<String> {
    items(apps).iter().find_map(|app| {
        let name = &app["metadata"]["name"];
        // It has the SpinApp's name.
        let deployment = items(deployments).iter().find(|one| &one["metadata"]["name"] == name);
        let Some(deployment) = deployment else { return Some(format!("{name} has no Deployment")) };
        let image = &app["spec"]["image"];
        let pod = &deployment["spec"]["template"];
        let container = &pod["spec"]["containers"][0];
        let mut marks = app["spec"]["podAnnotations"].as_object().into_iter().flatten();
        if !marks.all(|(key, value)| &pod["metadata"]["annotations"][key] == value) {
            return Some(format!("{name} doesn't have its annotations yet"));
        }
        let executor =
            items(executors).iter().find(|one| one["metadata"]["name"] == app["spec"]["executor"]);
        // An executor that has an image of its own gets the application as an argument; else the application is the image.
        let as_written = match executor.map(|one| &one["spec"]["deploymentConfig"]["spinImage"]) {
            Some(own) if own.is_string() => {
                let args = container["args"].as_array();
                &container["image"] == own && args.is_some_and(|args| args.contains(image))
            }
            _ => &container["image"] == image,
        };
        if as_written {
            rolling(deployment)
        } else {
            Some(format!("{name} doesn't have {image} yet"))
        }
    })
}

/// Which of a release's own Deployments isn't all there yet.
fn rolling_of(release: &str, deployments: &Value) -> Option<String> {
    let is_ours = |one: &&Value| one["metadata"]["labels"]["app.kubernetes.io/instance"] == release;
    items(deployments).iter().filter(is_ours).find_map(rolling)
}

/// How far a Deployment is, unless it is done.
fn rolling(deployment: &Value) -> Option<String> {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let (metadata, status) = (&deployment["metadata"], &deployment["status"]);
    let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
    let seen = number(&status["observedGeneration"]) >= number(&metadata["generation"]);
    let [all, updated, available] =
        ["replicas", "updatedReplicas", "availableReplicas"].map(|count| number(&status[count]));
    let name = &metadata["name"];
    (!seen || updated < wanted || all > updated || available < updated)
        .then(|| format!("{name}: {updated} of {wanted} are new, {available} of {all} available"))
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
    fn what_has_the_annotations_of_before_is_behind() {
        let mut new = apps("a:2");
        new["items"][0]["spec"]["podAnnotations"] = json!({ "spindle/executor": "2" });
        let mut deployed = deployment(json!({ "image": "a:2" }), done());
        assert!(behind(&new, &shim(), &deployed).is_some());
        deployed["items"][0]["spec"]["template"]["metadata"] =
            json!({ "annotations": { "spindle/executor": "2", "of": "others" } });
        assert_eq!(behind(&new, &shim(), &deployed), None);
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
    fn a_releases_own_deployments_count() {
        let mut list = deployment(json!({ "image": "relay:2" }), json!({}));
        assert_eq!(rolling_of("spindle", &list), None);
        list["items"][0]["metadata"]["labels"] = json!({ "app.kubernetes.io/instance": "spindle" });
        assert!(rolling_of("spindle", &list).is_some());
        list["items"][0]["status"] = done();
        assert_eq!(rolling_of("spindle", &list), None);
    }

    #[test]
    fn without_spinkube_nothing_is_behind() {
        let deployments = deployment(json!({}), json!({}));
        assert_eq!(behind(&Value::Null, &Value::Null, &deployments), None);
    }
}
