//! Alerts and dashboards as Prometheus reads them, and what alerts do in stories: `deploy/helm/alerts_test.yaml`.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::manifests::{Rendered, list, text};
use super::metrics::{Expression, expressions, rules};
use super::{Findings, folder, go_tool};
use crate::run::root;
use crate::tools;

/// The case whose alerts are all there are.
const CASE: &str = "everything on";

pub fn check(rendered: &[Rendered]) -> Result<Findings> {
    let case = rendered.iter().find(|case| case.case == CASE).context(CASE)?;
    let stories = root().join("deploy/helm/alerts_test.yaml");
    let stories = fs::read_to_string(&stories).with_context(|| stories.display().to_string())?;
    let mut wrong = untold(case, &stories);
    let Some(promtool) = go_tool("promtool", &tools::PROMTOOL)? else {
        return Findings::new("PromQL was not read", wrong);
    };
    let folder = folder()?;
    let groups: Vec<&Value> =
        case.of("PrometheusRule").flat_map(|rule| list(&rule["spec"]["groups"])).collect();
    ensure!(!groups.is_empty(), "the case {CASE} has no alerts");
    fs::write(folder.join("alerts.json"), json!({ "groups": groups }).to_string())?;
    let expressions = expressions(rendered)?;
    fs::write(folder.join("panels.json"), as_rules(&expressions).to_string())?;
    fs::write(folder.join("alerts_test.yaml"), stories)?;
    for arguments in [
        ["check", "rules", "--lint=all", "--lint-fatal", "alerts.json"].as_slice(),
        ["check", "rules", "--lint=all", "--lint-fatal", "panels.json"].as_slice(),
        ["test", "rules", "alerts_test.yaml"].as_slice(),
    ] {
        let output = Command::new(&promtool).current_dir(&folder).args(arguments).output()?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).trim().to_owned();
            wrong.push(format!("promtool {}: {said}", arguments.join(" ")));
        }
    }
    let alerts = rules(case).count();
    Findings::new(format!("{alerts} alerts, {} expressions", expressions.len()), wrong)
}

/// Every alert is in a story.
fn untold(case: &Rendered, stories: &str) -> Vec<String> {
    let told =
        |name: &str| stories.lines().any(|line| line.trim() == format!("- alertname: {name}"));
    let mut names: Vec<&str> = rules(case).map(|rule| text(&rule["alert"])).collect();
    names.dedup();
    names.retain(|name| !told(name));
    names.into_iter().map(|name| format!("no story has {name}")).collect()
}

/// Expressions as recording rules: promtool reads nothing else. What Grafana fills in is filled in.
fn as_rules(expressions: &std::collections::BTreeSet<Expression>) -> Value {
    let rules: Vec<Value> = expressions
        .iter()
        .enumerate()
        .map(|(number, expression)| {
            let promql = expression.promql.replace("$__rate_interval", "5m");
            json!({ "record": format!("panel:{number}"), "expr": promql })
        })
        .collect();
    json!({ "groups": [{ "name": "panels", "rules": rules }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_without_a_story_is_told() {
        let rules = json!([{ "alert": "A" }, { "alert": "B" }, { "alert": "B" }]);
        let objects =
            vec![json!({ "kind": "PrometheusRule", "spec": { "groups": [{ "rules": rules }] } })];
        let case = Rendered { case: "x", yaml: String::new(), objects };
        assert_eq!(untold(&case, "  - alertname: A\n"), ["no story has B"]);
        assert_eq!(untold(&case, "  - alertname: A\n  - alertname: B\n"), Vec::<String>::new());
    }
}
