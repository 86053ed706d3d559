//! The chart, and what helm makes of it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::manifests::Rendered;
use super::{Findings, folder, go_tool, piped, printed, python};
use crate::run::root;
use crate::tools;

/// As the customer has it.
const NAMESPACE: &str = "todo-app";
/// Of the cluster that it is rendered for. A helm that is a Go module believes that it is 1.20.
const KUBERNETES: &str = "1.37.0";

/// A set of values: files of the chart, and what is set beside.
pub struct Case {
    pub name: &'static str,
    files: &'static [&'static str],
    set: Value,
}

/// What is rendered. Among them is each value at least once that adds something.
fn cases() -> Vec<Case> {
    let case = |name, files, set| Case { name, files, set };
    let addresses = json!({ "database": { "host": "db" }, "kafka": { "brokers": "kafka:9092" } });
    let within = json!({
        "http": { "executor": "spindle" },
        "database": { "cnpg": { "enabled": true, "objectStore": "backups" } },
        "kafka": { "strimzi": { "enabled": true } },
        "ollama": { "deployment": { "enabled": true } },
    });
    let mut everything = within.clone();
    let beside = json!({
        "imagePullSecrets": ["registry"],
        "caCertSecret": "authorities",
        "autoscaling": { "http": { "trigger": "requests", "prometheusUrl": "http://prometheus:9090" } },
        "oidc": { "issuer": "https://id.example", "audience": "spindle", "jwksUrl": "https://id.example/keys" },
        "podAnnotations": { "example.com/team": "to-do" },
        "podLabels": { "team": "to-do" },
        "variables": { "mail_from": "Spindle <to-do@example.com>" },
    });
    merge(&mut everything, beside);
    // An empty list of peers is anybody.
    let mut open = within.clone();
    let anybody = json!({
        "app": { "repository": "registry.example.com:5000/spindle-app" },
        "networkPolicy": {
            "ingress": [], "monitoring": [], "keda": [], "databaseOperator": [], "dns": [],
        },
    });
    merge(&mut open, anybody);
    let elsewhere = json!({
        "executors": { "spinImage": "registry.example.com/spindle-executor:1", "metricsPort": 9464 },
        "kafka": { "topics": { "create": true, "cluster": "company", "namespace": "kafka" } },
        "ollama": { "host": "host.docker.internal" },
        "secrets": { "ollama": { "name": "ollama-config" }, "kafka": { "name": "company-kafka" } },
        "autoscaling": { "kafkaAuthentication": "company-kafka" },
        "networkPolicy": {
            "database": [{ "ipBlock": { "cidr": "192.0.2.0/24" } }],
            "kafka": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kafka" } } }],
            "blocked": [], "blocked6": [],
        },
    });
    vec![
        case("the defaults, with addresses", &[], addresses),
        case("local", &["values-local.yaml"], json!({})),
        case("production", &["values-production.yaml"], json!({})),
        case("all in the cluster", &["values-production.yaml"], within),
        case("all in the cluster, open", &["values-production.yaml"], open),
        case("everything on", &["values-production.yaml"], everything),
        case("everything elsewhere", &["values-production.yaml"], elsewhere),
    ]
}

/// Puts one document over another.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

/// Of a release: an installation makes less than the upgrades that follow.
#[derive(Clone, Copy)]
pub enum Phase {
    Installed,
    Upgraded,
}

impl Phase {
    /// The options of `helm template`.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Installed => &["template", "spindle"],
            Self::Upgraded => &["template", "spindle", "--is-upgrade"],
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Installed => "-installed",
            Self::Upgraded => "",
        }
    }
}

/// The chart and its helm.
pub struct Chart {
    helm: PathBuf,
    python: PathBuf,
    folder: PathBuf,
}

impl Chart {
    /// None where helm or Python can't be had.
    pub fn open() -> Result<Option<Self>> {
        let Some(python) = tools::optional("a Python that reads YAML", python())? else {
            return Ok(None);
        };
        let Some(helm) = go_tool("helm", &tools::HELM)? else { return Ok(None) };
        Ok(Some(Self { helm, python, folder: root().join("deploy/helm/spindle") }))
    }

    /// `helm <verb> …` on the chart with these values: whether it is content, and what it says.
    fn helm(&self, verb: &[&str], files: &[&str], set: &Value) -> Result<std::process::Output> {
        let mut helm = Command::new(&self.helm);
        helm.args(verb).arg(&self.folder).args(["--namespace", NAMESPACE]);
        helm.args(["--kube-version", KUBERNETES]);
        for file in files {
            helm.arg("--values").arg(self.folder.join(file));
        }
        // JSON is YAML.
        helm.args(["--values", "-"]);
        piped(&mut helm, &set.to_string())
    }

    /// Renders every case.
    pub fn render(&self, phase: Phase) -> Result<Vec<Rendered>> {
        cases().iter().map(|case| self.rendered(case, phase)).collect()
    }

    fn rendered(&self, case: &Case, phase: Phase) -> Result<Rendered> {
        let what = format!("helm template ({})", case.name);
        let output = self.helm(phase.options(), case.files, &case.set)?;
        let yaml = printed(output, &what)?;
        let name = case.name.replace([' ', ','], "-");
        let file = folder()?.join(format!("{name}{}.yaml", phase.suffix()));
        std::fs::write(&file, &yaml).with_context(|| file.display().to_string())?;
        let objects = self.json(&yaml).with_context(|| file.display().to_string())?;
        Ok(Rendered { case: case.name, yaml, objects })
    }

    fn json(&self, yaml: &str) -> Result<Vec<Value>> {
        let read = "import json, sys, yaml; \
                    json.dump([d for d in yaml.safe_load_all(sys.stdin) if d], sys.stdout)";
        let output = piped(Command::new(&self.python).args(["-c", read]), yaml)?;
        Ok(serde_json::from_str(&printed(output, "PyYAML")?)?)
    }

    /// `helm lint --strict` with each case's values.
    pub fn lint(&self) -> Result<Findings> {
        let mut wrong = Vec::new();
        let cases = cases();
        for case in &cases {
            let output = self.helm(&["lint", "--strict", "--quiet"], case.files, &case.set)?;
            if !output.status.success() {
                let said = [output.stdout, output.stderr].concat();
                wrong.push(format!("{}: {}", case.name, String::from_utf8_lossy(&said).trim()));
            }
        }
        Findings::new(format!("{} sets of values", cases.len()), wrong)
    }

    /// Why these values are refused.
    ///
    /// # Errors
    /// If they are not.
    pub fn refusal(&self, files: &[&str], set: &Value) -> Result<String> {
        let output = self.helm(Phase::Upgraded.options(), files, set)?;
        if output.status.success() {
            bail!("{set} is taken");
        }
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_goes_over_what_was() {
        let mut values = json!({ "a": { "b": 1, "c": 2 }, "d": [1] });
        merge(&mut values, json!({ "a": { "b": 3 }, "d": [2], "e": { "f": 4 } }));
        assert_eq!(values, json!({ "a": { "b": 3, "c": 2 }, "d": [2], "e": { "f": 4 } }));
    }

    #[test]
    fn every_file_of_values_is_a_case() {
        let folder = root().join("deploy/helm/spindle");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.starts_with("values-") && name.ends_with(".yaml") {
                let alone = |case: &Case| case.files == [name.as_str()] && case.set == json!({});
                assert!(cases().iter().any(alone), "{name}");
            }
        }
    }
}
