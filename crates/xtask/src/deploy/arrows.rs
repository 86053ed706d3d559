//! Who reaches whom, by the network policies, beside what `spin.toml` lets components connect to and what a relay is for.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Findings;
use super::app::App;
use super::manifests::{Pod, Rendered, list, selects, text, texts};

/// The cases with all servers within, whose policies name them, and the port of the registry that each has.
const CASES: [(&str, u64); 2] = [("all in the cluster", 443), ("all in the cluster, open", 5000)];

type Reached = BTreeSet<String>;

pub fn check(rendered: &[Rendered], app: &App) -> Result<Findings> {
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (name, registry) in CASES {
        let case = rendered.iter().find(|case| case.case == name).context(name)?;
        for pod in case.pods() {
            let (expected, reached) = (expected(&pod, app, registry), reached(case, pod.labels));
            arrows += reached.len();
            for what in expected.difference(&reached) {
                wrong.push(case.says(pod.object, &format!("doesn't reach {what}")));
            }
            for what in reached.difference(&expected) {
                wrong.push(case.says(pod.object, &format!("reaches {what}")));
            }
        }
    }
    ensure!(arrows > 40, "the cases have {arrows} arrows");
    for case in rendered.iter().filter(|case| case.of("NetworkPolicy").next().is_some()) {
        for pod in case.pods().filter(|pod| !is_closed(case, pod.labels)) {
            wrong.push(case.says(pod.object, "no network policy is about it"));
        }
    }
    Findings::new(format!("{arrows} arrows, and no others"), wrong)
}

/// What a pod has to reach in that case, and nothing else: `:443` is a port at any address.
fn expected(pod: &Pod, app: &App, registry: u64) -> Reached {
    let tier = text(&pod.labels["spindle/tier"]);
    let mut reached: Reached = match tier {
        "relay" => ["Postgres", "Kafka", ":4318"].map(str::to_owned).into(),
        "migration" => ["Postgres"].map(str::to_owned).into(),
        "ollama" => [":443"].map(str::to_owned).into(),
        // Traces, and the registry.
        _ => [":4318".to_owned(), format!(":{registry}")].into(),
    };
    for component in texts(&pod.object["spec"]["components"]) {
        if app.consumer(component).is_some() {
            reached.insert("Kafka".to_owned());
        }
        for host in app.hosts_of(component) {
            let what = match host {
                _ if host.contains("database_host") => "Postgres",
                _ if host.contains("ollama_host") => "Ollama",
                _ if host.ends_with("://*:*") => "the internet",
                _ if host.contains("mail_host") => ":443",
                // No identity provider is configured.
                _ => continue,
            };
            reached.insert(what.to_owned());
        }
    }
    reached
}

/// What the policies let a pod reach, but for names.
fn reached(case: &Rendered, labels: &Value) -> Reached {
    let about =
        case.of("NetworkPolicy").filter(|policy| selects(&policy["spec"]["podSelector"], labels));
    let rules = about.flat_map(|policy| list(&policy["spec"]["egress"]));
    let mut reached = Reached::new();
    for rule in rules {
        let ports: Vec<u64> = list(&rule["ports"]).filter_map(|it| it["port"].as_u64()).collect();
        if ports.contains(&53) {
            continue;
        }
        if list(&rule["to"]).next().is_none() {
            reached.extend(ports.iter().map(|port| format!(":{port}")));
        }
        for peer in list(&rule["to"]) {
            let labels = &peer["podSelector"]["matchLabels"];
            reached.insert(match () {
                () if !labels["cnpg.io/cluster"].is_null() => "Postgres".to_owned(),
                () if !labels["strimzi.io/cluster"].is_null() => "Kafka".to_owned(),
                () if labels["spindle/tier"] == "ollama" => "Ollama".to_owned(),
                () if peer["ipBlock"]["cidr"] == "0.0.0.0/0"
                    || peer["ipBlock"]["cidr"] == "::/0" =>
                {
                    "the internet".to_owned()
                }
                () => peer.to_string(),
            });
        }
    }
    reached
}

/// Whether some policy is about a pod, both ways.
fn is_closed(case: &Rendered, labels: &Value) -> bool {
    ["Ingress", "Egress"].into_iter().all(|way| {
        case.of("NetworkPolicy").any(|policy| {
            selects(&policy["spec"]["podSelector"], labels)
                && texts(&policy["spec"]["policyTypes"]).any(|it| it == way)
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(to: Value, port: u64) -> Value {
        json!({ "kind": "NetworkPolicy", "spec": {
            "podSelector": { "matchLabels": { "a": "1" } },
            "policyTypes": ["Egress"],
            "egress": [{ "ports": [{ "port": 53 }] }, { "to": to, "ports": [{ "port": port }] }],
        } })
    }

    fn case(objects: Vec<Value>) -> Rendered {
        Rendered { case: "x", yaml: String::new(), objects }
    }

    #[test]
    fn what_is_reached_is_read_from_the_policies() {
        let labels = json!({ "a": "1" });
        let reaches =
            |to| reached(&case(vec![policy(to, 5432)]), &labels).into_iter().collect::<Vec<_>>();
        assert_eq!(
            reaches(json!([{ "podSelector": { "matchLabels": { "cnpg.io/cluster": "d" } } }])),
            ["Postgres"]
        );
        assert_eq!(reaches(json!([{ "ipBlock": { "cidr": "0.0.0.0/0" } }])), ["the internet"]);
        assert_eq!(reaches(json!([])), [":5432"]);
        assert_eq!(reaches(json!([{ "x": 1 }])), [r#"{"x":1}"#]);
        assert!(reached(&case(vec![policy(json!([]), 1)]), &json!({ "a": "2" })).is_empty());
    }

    #[test]
    fn a_pod_that_is_open_one_way_is_open() {
        let labels = json!({ "a": "1" });
        let mut policy = policy(json!([]), 1);
        assert!(!is_closed(&case(vec![policy.clone()]), &labels));
        policy["spec"]["policyTypes"] = json!(["Ingress", "Egress"]);
        assert!(is_closed(&case(vec![policy]), &labels));
    }

    #[test]
    fn a_component_has_to_reach_what_it_may_connect_to() {
        let app = App::parse(
            r#"
            [[trigger.kafka]]
            component = "fire"
            [component.fire]
            allowed_outbound_hosts = ["postgres://{{ database_host }}:1", "https://*:*"]
            [component.chat]
            allowed_outbound_hosts = ["*://{{ ollama_host }}:1", "*://{{ oidc_host }}:1"]
            "#,
        )
        .unwrap();
        let of = |component: &str| {
            let object = json!({ "spec": { "components": [component] } });
            expected(&Pod { object: &object, labels: &json!({ "spindle/tier": "x" }) }, &app, 443)
                .into_iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(of("fire"), [":4318", ":443", "Kafka", "Postgres", "the internet"]);
        assert_eq!(of("chat"), [":4318", ":443", "Ollama"]);
    }
}
