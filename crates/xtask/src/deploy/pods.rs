//! What is ours whole runs without rights and within limits, and whoever selects pods finds some.

use anyhow::Result;
use serde_json::Value;

use super::Findings;
use super::manifests::{Rendered, list, selects, text};

pub fn check(rendered: &[Rendered]) -> Result<Findings> {
    let mut wrong = Vec::new();
    let mut containers = 0;
    for case in rendered {
        for pod in case.pods().filter(|pod| pod.object["kind"] != "SpinApp") {
            let spec = &pod.object["spec"]["template"]["spec"];
            let all = list(&spec["containers"]).chain(list(&spec["initContainers"]));
            containers += all.clone().count();
            let what = all.flat_map(|container| unlimited(spec, container));
            wrong.extend(what.map(|what| case.says(pod.object, &what)));
        }
        for spinapp in case.of("SpinApp") {
            let what = missing(
                &spinapp["spec"],
                &["resources/requests/memory", "resources/limits/memory"],
            );
            wrong.extend(what.into_iter().map(|what| case.says(spinapp, &what)));
        }
        wrong.extend(blind(case));
    }
    Findings::new(format!("{containers} containers of ours, and all selectors"), wrong)
}

/// What a container may, or takes, that it shouldn't.
fn unlimited(pod: &Value, container: &Value) -> Vec<String> {
    let mut wrong = missing(
        container,
        &["resources/requests/cpu", "resources/requests/memory", "resources/limits/memory"],
    );
    let security = &container["securityContext"];
    for (what, right) in [
        ("runs as root", pod["securityContext"]["runAsNonRoot"] == true),
        (
            "has no seccomp profile",
            pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault",
        ),
        ("gets a token of Kubernetes", pod["automountServiceAccountToken"] == false),
        ("may write its root", security["readOnlyRootFilesystem"] == true),
        ("may become more", security["allowPrivilegeEscalation"] == false),
        ("has capabilities", security["capabilities"]["drop"][0] == "ALL"),
    ] {
        if !right {
            wrong.push(format!("{} {what}", text(&container["name"])));
        }
    }
    wrong
}

fn missing(object: &Value, fields: &[&str]) -> Vec<String> {
    let absent = fields.iter().filter(|field| object.pointer(&format!("/{field}")).is_none());
    absent.map(|field| format!("no {field}")).collect()
}

/// Budgets, monitors, services and policies whose selector means no pod of this case.
fn blind(case: &Rendered) -> Vec<String> {
    let mut wrong = Vec::new();
    for object in &case.objects {
        let selector = match text(&object["kind"]) {
            "PodDisruptionBudget" | "PodMonitor" | "ServiceMonitor" => {
                object["spec"]["selector"].clone()
            }
            "NetworkPolicy" => object["spec"]["podSelector"].clone(),
            "Service" => serde_json::json!({ "matchLabels": object["spec"]["selector"] }),
            _ => continue,
        };
        // An operator's pods.
        if !selector["matchLabels"]["cnpg.io/cluster"].is_null() {
            continue;
        }
        if !case.pods().any(|pod| selects(&selector, pod.labels)) {
            wrong.push(case.says(object, "it selects no pods"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_container_without_limits_is_told_what_is_missing() {
        let pod = json!({
            "automountServiceAccountToken": false,
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
        });
        let container = json!({
            "name": "c",
            "resources": { "requests": { "cpu": 1, "memory": 1 }, "limits": { "memory": 1 } },
            "securityContext": {
                "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] },
            },
        });
        assert_eq!(unlimited(&pod, &container), Vec::<String>::new());
        assert_eq!(unlimited(&json!({}), &container).len(), 3);
        assert_eq!(unlimited(&pod, &json!({ "name": "c" })).len(), 6);
    }

    #[test]
    fn a_selector_that_means_nobody_is_told() {
        let pod = json!({ "kind": "Job", "spec": { "template": { "metadata": { "labels": { "a": "1" } } } } });
        let budget = |a: &str| {
            json!({ "kind": "PodDisruptionBudget", "metadata": { "name": "b" },
                    "spec": { "selector": { "matchLabels": { "a": a } } } })
        };
        let wrong = |objects| blind(&Rendered { case: "x", yaml: String::new(), objects });
        assert_eq!(wrong(vec![pod.clone(), budget("1")]), Vec::<String>::new());
        assert_eq!(wrong(vec![pod, budget("2")]), ["x: PodDisruptionBudget b: it selects no pods"]);
    }
}
