//! Values that are wrong: the chart's schema has to refuse each, and to name the field.

use anyhow::Result;
use serde_json::{Value, json};

use super::Findings;
use super::chart::Chart;

/// What is set beside values-production.yaml, and what the refusal has to say: where, and what.
fn table() -> Vec<(Value, [&'static str; 2])> {
    vec![
        // A field that isn't there: of the chart, of a part, of a list's member.
        (json!({ "replicas": 3 }), ["at ''", "'replicas'"]),
        (json!({ "http": { "replica": 3 } }), ["/http", "'replica'"]),
        (
            json!({ "consumers": { "each": { "audit-writer": {} } } }),
            ["/consumers/each", "'audit-writer'"],
        ),
        (
            json!({ "consumers": { "each": { "dead-letter": { "lag": 1 } } } }),
            ["/consumers/each/dead-letter", "'lag'"],
        ),
        (
            json!({ "networkPolicy": { "kafka": [{ "namespace": "kafka" }] } }),
            ["/networkPolicy/kafka/0", "'namespace'"],
        ),
        // Secrets are no values.
        (
            json!({ "variables": { "database_url": "postgres://a:b@c/d" } }),
            ["/variables", "'database_url'"],
        ),
        (json!({ "variables": { "jwt_keys": "first:c2VjcmV0" } }), ["/variables", "'jwt_keys'"]),
        (json!({ "variables": { "local_secret": "x" } }), ["/variables", "'local_secret'"]),
        (json!({ "secrets": { "database": { "value": "x" } } }), ["/secrets/database", "'value'"]),
        (
            json!({ "secrets": { "database": { "name": "" } } }),
            ["/secrets/database/name", "pattern"],
        ),
        (
            json!({ "mail": { "url": "https://user:password@mail.example.com" } }),
            ["/mail/url", "pattern"],
        ),
        (
            json!({ "ollama": { "url": "http://me:secret@ollama:11434" } }),
            ["/ollama/url", "pattern"],
        ),
        (
            json!({ "telemetry": { "endpoint": "http://collector:4318?token=x" } }),
            ["/telemetry/endpoint", "pattern"],
        ),
        (json!({ "kafka": { "brokers": "me:secret@kafka:9092" } }), ["/kafka/brokers", "pattern"]),
        // Of another type, or out of range.
        (json!({ "http": { "replicas": "3" } }), ["/http/replicas", "integer"]),
        (json!({ "http": { "executor": "wasmtime" } }), ["/http/executor", "'shim', 'spindle'"]),
        (json!({ "relay": { "replicas": 0 } }), ["/relay/replicas", "minimum"]),
        // As spin-operator does.
        (json!({ "http": { "replicas": 0 } }), ["/http/replicas", "minimum"]),
        (json!({ "consumers": { "replicas": 0 } }), ["/consumers/replicas", "minimum"]),
        (json!({ "database": { "port": 70000 } }), ["/database/port", "maximum"]),
        (json!({ "variables": { "body_limit": 1048576 } }), ["/variables/body_limit", "string"]),
        (
            json!({ "http": { "resources": { "limits": { "memory": "512 MB" } } } }),
            ["/http/resources/limits/memory", "pattern"],
        ),
        (json!({ "kafka": { "brokers": "kafka" } }), ["/kafka/brokers", "pattern"]),
        (json!({ "image": { "tag": "v1 " } }), ["/image/tag", "pattern"]),
        (
            json!({ "monitoring": { "thresholds": { "httpErrorRatio": 2 } } }),
            ["/monitoring/thresholds/httpErrorRatio", "Maximum"],
        ),
        (
            json!({ "externalSecrets": { "store": { "kind": "Vault" } } }),
            ["/externalSecrets/store/kind", "'SecretStore'"],
        ),
        (
            json!({ "networkPolicy": { "blocked": ["10.0.0.0"] } }),
            ["/networkPolicy/blocked/0", "pattern"],
        ),
        // What only makes sense with something else.
        (json!({ "database": { "host": "" } }), ["database.host", "where is Postgres?"]),
        (json!({ "kafka": { "brokers": "" } }), ["kafka.brokers", "where is Kafka?"]),
        (json!({ "ingress": { "host": "" } }), ["ingress.host", "under which name?"]),
        (
            json!({ "externalSecrets": { "store": { "name": "" } } }),
            ["externalSecrets.store.name", "which store?"],
        ),
        (
            json!({ "autoscaling": { "http": { "trigger": "requests" } } }),
            ["autoscaling.http.trigger", "http.executor spindle"],
        ),
        (
            json!({ "secrets": { "kafka": { "name": "company-kafka" } } }),
            ["autoscaling.kafkaAuthentication", "KEDA has to ask Kafka"],
        ),
        (
            json!({ "kafka": { "topics": { "create": true } } }),
            ["kafka.topics.cluster", "whose topics"],
        ),
        (
            json!({ "secrets": { "ollama": { "name": "ollama-config" } } }),
            ["ollama.host", "which host"],
        ),
    ]
}

pub fn check(chart: &Chart) -> Result<Findings> {
    let table = table();
    let mut wrong = Vec::new();
    for (set, expected) in &table {
        match chart.refusal(&["values-production.yaml"], set) {
            Ok(said) => wrong.extend(unsaid(set, &said, expected)),
            Err(error) => wrong.push(format!("{error:#}")),
        }
    }
    Findings::new(format!("{} of them", table.len()), wrong)
}

/// What the refusal should have said and doesn't.
fn unsaid(set: &Value, said: &str, expected: &[&str]) -> Option<String> {
    let missing = expected.iter().find(|expected| !said.contains(**expected))?;
    Some(format!("{set} is refused, but without {missing:?}: {}", said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_field() {
        let set = json!({ "a": 1 });
        assert_eq!(unsaid(&set, "at '/a': got number", &["/a", "number"]), None);
        let wrong = unsaid(&set, "something is wrong", &["/a", "number"]).unwrap();
        assert!(wrong.contains("without \"/a\""), "{wrong}");
    }
}
