//! Whether what dashboards and alerts ask for is counted anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Findings;
use super::manifests::{Rendered, list, name, text};
use crate::run::root;

/// An expression, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expression {
    pub place: String,
    pub promql: String,
}

pub fn check(rendered: &[Rendered]) -> Result<Findings> {
    let counted = counted()?;
    let expressions = expressions(rendered)?;
    ensure!(expressions.len() > 20, "only {} expressions were found", expressions.len());
    let mut wrong = Vec::new();
    let mut asked = BTreeSet::new();
    for expression in &expressions {
        let names: Vec<&str> = names(&expression.promql).collect();
        if names.is_empty() {
            wrong.push(format!("{} asks for no metric: {}", expression.place, expression.promql));
        }
        for name in names {
            asked.insert(name);
            if !counted.contains(name) {
                wrong.push(format!("{}: nobody counts {name}", expression.place));
            }
        }
    }
    Findings::new(format!("{} of them, in {} expressions", asked.len(), expressions.len()), wrong)
}

/// Of all dashboards and alerts, and of what scales by requests, each once.
pub fn expressions(rendered: &[Rendered]) -> Result<BTreeSet<Expression>> {
    let mut found = BTreeSet::new();
    for case in rendered {
        for rule in rules(case) {
            let place = format!("alert {}", text(&rule["alert"]));
            found.insert(Expression { place, promql: text(&rule["expr"]).to_owned() });
        }
        for scaled in case.of("ScaledObject") {
            let queries = list(&scaled["spec"]["triggers"]).map(|it| &it["metadata"]["query"]);
            for query in queries.filter_map(Value::as_str) {
                let place = format!("what scales {}", name(scaled));
                found.insert(Expression { place, promql: query.to_owned() });
            }
        }
        for (file, dashboard) in dashboards(case)? {
            for panel in list(&dashboard["panels"]) {
                for target in list(&panel["targets"]) {
                    let place = format!("{file}, {}", text(&panel["title"]));
                    found.insert(Expression { place, promql: text(&target["expr"]).to_owned() });
                }
            }
        }
    }
    Ok(found)
}

pub fn rules(case: &Rendered) -> impl Iterator<Item = &Value> {
    let groups = case.of("PrometheusRule").flat_map(|rule| list(&rule["spec"]["groups"]));
    groups.flat_map(|group| list(&group["rules"]))
}

fn dashboards(case: &Rendered) -> Result<Vec<(&str, Value)>> {
    let files = case.of("ConfigMap").filter_map(|map| map["data"].as_object()).flatten();
    files
        .filter(|(name, _)| name.ends_with(".json"))
        .map(|(name, json)| {
            Ok((name.as_str(), serde_json::from_str(text(json)).context(name.clone())?))
        })
        .collect()
}

/// The metrics of an expression: what begins with `spin`, and what has a selector.
fn names(promql: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut rest = promql;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| is_word(c) || c == '"')?;
            if rest[start..].starts_with('"') {
                let text = &rest[start + 1..];
                rest = text.find('"').map_or("", |end| &text[end + 1..]);
                continue;
            }
            let from = &rest[start..];
            let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
            rest = &from[end..];
            let word = &from[..end];
            if rest.starts_with('{') || word.starts_with("spin") {
                return Some(word);
            }
        }
    })
}

/// The names under which Prometheus has what the sources register.
fn counted() -> Result<BTreeSet<String>> {
    let mut counted = BTreeSet::new();
    for krate in fs::read_dir(root().join("crates"))? {
        sources(&krate?.path().join("src"), &mut counted)?;
    }
    ensure!(counted.contains("spin_kafka_lag_records"), "the trigger's metrics weren't found");
    Ok(counted)
}

fn sources(folder: &Path, counted: &mut BTreeSet<String>) -> Result<()> {
    // A crate without a library.
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, counted)?;
        } else if path.extension().is_some_and(|it| it == "rs")
            && !path.starts_with(root().join("crates/xtask"))
        {
            let source = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            counted.extend(registered(&source));
        }
    }
    Ok(())
}

/// What a source registers with prometheus-client, which adds `_total` to the name of a counter. What a field is, its
/// declaration says; of what has none, any ending is believed.
fn registered(source: &str) -> Vec<String> {
    let prefix = ["with_prefix(\"", "sub_registry_with_prefix(\""]
        .iter()
        .find_map(|call| Some(source.split_once(call)?.1.split_once('"')?.0))
        .map_or(String::new(), |prefix| format!("{prefix}_"));
    let types: BTreeMap<&str, &str> = source
        .lines()
        .filter_map(|line| {
            let (field, what) = line.trim().trim_end_matches(',').split_once(": ")?;
            let what =
                ["Counter", "Gauge", "Histogram"].into_iter().find(|it| what.contains(it))?;
            Some((field, what))
        })
        .collect();
    let mut found = Vec::new();
    for call in ["register(", "encode_descriptor("] {
        for rest in source.split(call).skip(1) {
            let Some(arguments) = rest.trim_start().strip_prefix('"') else { continue };
            let Some((name, rest)) = arguments.split_once('"') else { continue };
            let name = format!("{prefix}{name}");
            let field = rest.split(';').next().unwrap_or(rest);
            let kind = types.iter().find(|(name, _)| {
                field.contains(&format!(".{name}.clone")) || field.contains(&format!(".{name}.0"))
            });
            let kind = kind.map(|(_, kind)| *kind).or_else(|| {
                ["Counter", "Gauge", "Histogram"]
                    .into_iter()
                    .find(|it| field.contains(&format!("MetricType::{it}")))
            });
            let endings: &[&str] = match kind {
                Some("Counter") => &["_total"],
                Some("Gauge") => &[""],
                Some("Histogram") => &["_bucket", "_count", "_sum"],
                _ => &["", "_total", "_bucket", "_count", "_sum"],
            };
            found.extend(endings.iter().map(|ending| format!("{name}{ending}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_told_from_functions_labels_and_texts() {
        let found = |promql| names(promql).collect::<Vec<_>>();
        assert_eq!(
            found(
                r#"sum by (group) (rate(spin_a_total{x="spin_no{"}[5m])) / up{y="1"} > vector(0)"#
            ),
            ["spin_a_total", "up"]
        );
        assert_eq!(found("histogram_quantile(0.95, spindle_b_bucket)"), ["spindle_b_bucket"]);
        assert_eq!(found("1 > 0").len(), 0);
    }

    #[test]
    fn a_registered_metric_has_the_ending_of_its_type() {
        let source = r#"
            struct Metrics { }
                records: Family<Labels, Counter>,
                lag: Family<Labels, Gauge>,
                seconds: Family<Labels, Histogram, fn() -> Histogram>,
            let mut registry = Registry::with_prefix("app");
            registry.register("records", "Done", metrics.records.clone());
            registry.register(
                "lag",
                "Behind",
                metrics.lag.clone(),
            );
            registry.register("seconds", "Long", metrics.seconds.clone());
            encoder.encode_descriptor("age", "Old", None, MetricType::Gauge)?;
        "#;
        let mut found = registered(source);
        found.sort();
        let expected = [
            "app_age",
            "app_lag",
            "app_records_total",
            "app_seconds_bucket",
            "app_seconds_count",
            "app_seconds_sum",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_triggers_metrics_are_found_as_its_readme_has_them() {
        let counted = counted().unwrap();
        for name in [
            "spin_kafka_records_total",
            "spin_kafka_handler_seconds_bucket",
            "spin_kafka_dead_letters_total",
            "spin_kafka_commit_age_seconds",
        ] {
            assert!(counted.contains(name), "{name}");
        }
        assert!(!counted.contains("spin_kafka_records"), "a counter ends with _total");
    }
}
