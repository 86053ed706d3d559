//! The topics of the chart, beside those that the relay makes and that `spin.toml` names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Findings;
use super::app::App;
use super::manifests::{Rendered, name, text, texts};
use crate::run::root;

/// What a topic takes where nothing else is set, and what a dead letter adds (`topics.rs` of the relay).
const DEFAULT_MAX_BYTES: u64 = 1_048_588;
const HEADROOM: u64 = 64 << 10;

/// A topic's settings.
type Settings = BTreeMap<String, String>;

pub fn check(rendered: &[Rendered], app: &App) -> Result<Findings> {
    let wanted = wanted(app, &relay()?)?;
    let mut wrong = Vec::new();
    let mut cases = 0;
    for case in rendered.iter().filter(|case| case.of("KafkaTopic").next().is_some()) {
        cases += 1;
        wrong.extend(differences(case, &wanted));
    }
    ensure!(cases > 1, "{cases} cases have KafkaTopics: of a cluster of ours and of another");
    Findings::new(format!("{} of them, with their settings", wanted.len()), wrong)
}

/// Those that the relay makes, but for dead letters.
fn relay() -> Result<BTreeMap<String, Settings>> {
    let read = |file: &str| {
        let file = root().join("crates/spindle/src/relay").join(file);
        fs::read_to_string(&file).with_context(|| file.display().to_string())
    };
    let topics = parse(&read("topics.rs")?, &read("event.rs")?);
    ensure!(topics.len() > 3, "the relay's topics.rs has no const TOPICS that can be read here");
    Ok(topics)
}

/// `const TOPICS` of the relay's source: a line for each, its name and its settings, which are texts or constants.
fn parse(source: &str, constants: &str) -> BTreeMap<String, Settings> {
    let constant = |name: &str| {
        let line = [source, constants].into_iter().flat_map(str::lines).find_map(|line| {
            line.trim_start_matches("pub ")
                .trim_start_matches("pub(super) ")
                .trim_start_matches("pub(crate) ")
                .strip_prefix(&format!("const {name}: &str = "))
        })?;
        Some(line.trim_end_matches(';').trim_matches('"').to_owned())
    };
    let said = |word: &str| match word.strip_prefix('"') {
        Some(rest) => Some(rest.trim_end_matches('"').to_owned()),
        None => constant(word),
    };
    let lines = source.lines().skip_while(|line| !line.starts_with("const TOPICS"));
    let lines = lines.skip(1).take_while(|line| *line != "];");
    lines
        .filter_map(|line| {
            let words = line.split(['(', ')', ',', '[', ']', '&', ' ']);
            let words: Vec<String> =
                words.filter(|word| !word.is_empty()).map(said).collect::<Option<_>>()?;
            let (name, settings) = words.split_first()?;
            let pairs = settings.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            Some((name.clone(), pairs.collect()))
        })
        .collect()
}

/// All that there have to be, each with its settings.
fn wanted(app: &App, relay: &BTreeMap<String, Settings>) -> Result<BTreeMap<String, Settings>> {
    let mut wanted: BTreeMap<String, Settings> = BTreeMap::new();
    for (name, settings) in relay {
        let partitions = [("partitions".to_owned(), "3".to_owned())];
        wanted.insert(name.clone(), settings.clone().into_iter().chain(partitions).collect());
    }
    // Dead letters of dead letters last: they take more than these do.
    let (later, first): (Vec<&Value>, Vec<&Value>) = app
        .consumers()
        .partition(|consumer| texts(&consumer["topics"]).any(|it| it.ends_with(".dead-letter")));
    for consumer in first.into_iter().chain(later) {
        let mut bytes = 0;
        for topic in texts(&consumer["topics"]) {
            let source = wanted.get(topic).with_context(|| format!("nobody makes {topic}"))?;
            let takes = source.get("max.message.bytes").and_then(|text| text.parse().ok());
            bytes = bytes.max(takes.unwrap_or(DEFAULT_MAX_BYTES));
        }
        let settings = [
            ("partitions", "1".to_owned()),
            ("retention.ms", "2592000000".to_owned()),
            ("max.message.bytes", (bytes + HEADROOM).to_string()),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value));
        wanted.insert(text(&consumer["dead_letter"]).to_owned(), settings.into());
    }
    Ok(wanted)
}

fn differences(case: &Rendered, wanted: &BTreeMap<String, Settings>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for topic in case.of("KafkaTopic") {
        seen.insert(name(topic));
        let mut has: Settings = topic["spec"]["config"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), as_text(value)))
            .collect();
        has.insert("partitions".to_owned(), as_text(&topic["spec"]["partitions"]));
        match wanted.get(name(topic)) {
            None => wrong.push(case.says(topic, "nobody uses it")),
            Some(wanted) if *wanted == has => {}
            Some(wanted) => wrong.push(case.says(topic, &format!("is {has:?} and not {wanted:?}"))),
        }
    }
    let missing = wanted.keys().filter(|name| !seen.contains(name.as_str()));
    wrong.extend(missing.map(|name| format!("{}: no KafkaTopic {name}", case.case)));
    wrong
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SOURCE: &str = r#"
const WEEK: &str = "604800000";
const TOPICS: &[(&str, &[(&str, &str)])] = &[
    ("a", &[("retention.ms", WEEK)]),
    (UPDATES, &[("cleanup.policy", "compact"), ("retention.ms", WEEK)]),
];
const OTHERS: &[&str] = &["b"];
"#;

    const MANIFEST: &str = r#"
        [[trigger.kafka]]
        topics = ["w.dead-letter"]
        dead_letter = "d.dead-letter"
        [[trigger.kafka]]
        topics = ["a"]
        dead_letter = "w.dead-letter"
    "#;

    fn all() -> BTreeMap<String, Settings> {
        let relay = parse(SOURCE, "pub const UPDATES: &str = \"updates\";");
        wanted(&App::parse(MANIFEST).unwrap(), &relay).unwrap()
    }

    #[test]
    fn the_relays_topics_are_read_from_its_source() {
        let relay = parse(SOURCE, "pub const UPDATES: &str = \"updates\";");
        assert_eq!(relay.keys().collect::<Vec<_>>(), ["a", "updates"]);
        assert_eq!(relay["a"]["retention.ms"], "604800000");
        assert_eq!(relay["updates"]["cleanup.policy"], "compact");
    }

    #[test]
    fn a_dead_letter_has_room_for_more_than_its_source_takes() {
        assert_eq!(all()["w.dead-letter"]["max.message.bytes"], "1114124");
        assert_eq!(all()["d.dead-letter"]["max.message.bytes"], "1179660");
        let unknown = wanted(&App::parse(MANIFEST).unwrap(), &BTreeMap::new()).unwrap_err();
        assert_eq!(unknown.to_string(), "nobody makes a");
    }

    #[test]
    fn a_topic_that_is_missing_differs_or_is_unknown_is_told() {
        let topic = |name: &str, settings: &Settings| {
            let mut config = settings.clone();
            let partitions: u64 = config.remove("partitions").unwrap().parse().unwrap();
            json!({ "kind": "KafkaTopic", "metadata": { "name": name },
                    "spec": { "partitions": partitions, "config": config } })
        };
        let mut topics: Vec<Value> = all().iter().map(|(name, it)| topic(name, it)).collect();
        let wrong = |objects: &[Value]| {
            let case = Rendered { case: "x", yaml: String::new(), objects: objects.to_vec() };
            differences(&case, &all())
        };
        assert_eq!(wrong(&topics), Vec::<String>::new());
        topics[0]["spec"]["partitions"] = 6.into();
        assert!(wrong(&topics)[0].contains("\"partitions\": \"6\""), "{:?}", wrong(&topics));
        topics[0]["metadata"]["name"] = "z".into();
        assert_eq!(wrong(&topics), ["x: KafkaTopic z: nobody uses it", "x: no KafkaTopic a"]);
    }
}
