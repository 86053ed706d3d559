//! Every alert says what to do: it names a section that is there.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Findings;
use super::manifests::{Rendered, text};
use super::metrics::rules;
use crate::run::root;

pub fn check(rendered: &[Rendered]) -> Result<Findings> {
    let file = root().join("deploy/README.md");
    let readme = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let sections = sections(&readme);
    let mut wrong = BTreeSet::new();
    let mut used = BTreeSet::new();
    for rule in rendered.iter().flat_map(rules) {
        match section(rule) {
            Some(section) => {
                used.insert(section);
                if !sections.contains(section) {
                    wrong.insert(format!("{}: no section {section}", text(&rule["alert"])));
                }
            }
            None => {
                wrong.insert(format!("{} names no section", text(&rule["alert"])));
            }
        }
    }
    Findings::new(
        format!("{} sections of deploy/README.md", used.len()),
        wrong.into_iter().collect(),
    )
}

fn section(rule: &Value) -> Option<&str> {
    let (_, section) = text(&rule["annotations"]["runbook_url"]).split_once('#')?;
    Some(section)
}

/// A document's headings, as GitHub makes links of them.
fn sections(markdown: &str) -> BTreeSet<String> {
    let mut within_code = false;
    let mut found = BTreeSet::new();
    for line in markdown.lines() {
        within_code ^= line.starts_with("```");
        let title = line.trim_start_matches('#');
        if !within_code && title.len() < line.len() && title.starts_with(' ') {
            let kept = title.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            found.insert(kept.collect::<String>().to_lowercase().replace(' ', "-"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn headings_become_links() {
        let markdown = "# Run it\n\n```sh\n# not this\n```\n### Dead letters, and `kind`\n#no\n";
        assert_eq!(
            sections(markdown),
            ["dead-letters-and-kind", "run-it"].map(str::to_owned).into()
        );
    }

    #[test]
    fn an_alert_names_a_section() {
        let rule = json!({ "annotations": { "runbook_url": "deploy/README.md#relay-stalled" } });
        assert_eq!(section(&rule), Some("relay-stalled"));
        assert_eq!(section(&json!({ "annotations": { "runbook_url": "deploy/README.md" } })), None);
        assert_eq!(section(&json!({})), None);
    }
}
