//! What the chart runs, beside `spin.toml`: its components, their variables, and what scales them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Findings;
use super::manifests::{Rendered, each_text, list, name, text, texts};
use crate::run::root;

/// `spin.toml`.
pub struct App {
    manifest: Value,
}

impl App {
    pub fn read() -> Result<Self> {
        let file = root().join("spin.toml");
        Self::parse(&fs::read_to_string(&file).with_context(|| file.display().to_string())?)
            .context("spin.toml")
    }

    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self { manifest: toml::from_str(text)? })
    }

    pub fn components(&self) -> BTreeSet<&str> {
        let components = self.manifest["component"].as_object();
        components.into_iter().flat_map(|all| all.keys()).map(String::as_str).collect()
    }

    /// The tables `[[trigger.kafka]]`.
    pub fn consumers(&self) -> impl Iterator<Item = &Value> {
        list(&self.manifest["trigger"]["kafka"])
    }

    pub fn consumer(&self, component: &str) -> Option<&Value> {
        self.consumers().find(|consumer| consumer["component"] == component)
    }

    /// Whether a variable is marked so, by its own name or by that of its environment variable.
    pub fn is_secret(&self, variable: &str) -> bool {
        let name = variable.strip_prefix("SPIN_VARIABLE_").unwrap_or(variable).to_lowercase();
        self.manifest["variables"][name]["secret"] == true
    }

    fn is_required(&self, variable: &str) -> bool {
        self.manifest["variables"][variable]["required"] == true
    }

    fn has_variable(&self, variable: &str) -> bool {
        self.manifest["variables"].get(variable).is_some()
    }

    /// Variables of no secret, by name.
    pub fn plain_variables(&self) -> BTreeSet<&str> {
        let all = self.manifest["variables"].as_object();
        let names = all.into_iter().flat_map(|all| all.keys()).map(String::as_str);
        names.filter(|name| !self.is_secret(name)).collect()
    }

    /// The variables that a component, its triggers and their type are told.
    fn variables_of(&self, component: &str) -> BTreeSet<&str> {
        let mut used = BTreeSet::new();
        let mut add = |value| each_text(value, &mut |text| used.extend(templates(text)));
        add(&self.manifest["component"][component]);
        if let Some(consumer) = self.consumer(component) {
            add(consumer);
            add(&self.manifest["application"]["trigger"]["kafka"]);
        }
        used
    }

    /// Where a component may connect to: `allowed_outbound_hosts`.
    pub fn hosts_of(&self, component: &str) -> impl Iterator<Item = &str> {
        texts(&self.manifest["component"][component]["allowed_outbound_hosts"])
    }
}

/// The names in `{{ name }}`.
fn templates(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim()))
}

pub fn check(rendered: &[Rendered], app: &App) -> Result<Findings> {
    let mut wrong = Vec::new();
    for case in rendered {
        wrong.extend(components(case, app));
        for spinapp in case.of("SpinApp") {
            let what = variables(spinapp, app);
            wrong.extend(what.into_iter().map(|what| case.says(spinapp, &what)));
        }
        wrong.extend(scaling(case, app));
    }
    let file = root().join("deploy/helm/spindle/values.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(&file)?).context("values.schema.json")?;
    wrong.extend(settable(&schema, app));
    let seen = format!("{} components, each in one SpinApp", app.components().len());
    Findings::new(seen, wrong)
}

/// Each component is in one SpinApp, and those that Kafka calls are alone in theirs.
fn components(case: &Rendered, app: &App) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    for spinapp in case.of("SpinApp") {
        let components: Vec<&str> = texts(&spinapp["spec"]["components"]).collect();
        if components.is_empty() {
            wrong.push(case.says(spinapp, "without components it would run all of them"));
        }
        for component in &components {
            *runs.entry(component).or_default() += 1;
            if app.consumer(component).is_some() && components.len() > 1 {
                wrong.push(case.says(spinapp, &format!("{component} isn't alone")));
            }
        }
    }
    let known = app.components();
    for component in &known {
        match runs.get(component).copied().unwrap_or(0) {
            1 => {}
            times => wrong.push(format!("{}: {component} is in {times} SpinApps", case.case)),
        }
    }
    for component in runs.keys().filter(|component| !known.contains(**component)) {
        wrong.push(format!("{}: spin.toml has no component {component}", case.case));
    }
    wrong
}

/// A SpinApp is told what its components use and nothing else, the required in any case, secrets by reference.
fn variables(spinapp: &Value, app: &App) -> Vec<String> {
    let mut wrong = Vec::new();
    let components = texts(&spinapp["spec"]["components"]);
    let used: BTreeSet<&str> = components.flat_map(|it| app.variables_of(it)).collect();
    let mut told = BTreeSet::new();
    for variable in list(&spinapp["spec"]["variables"]) {
        let name = text(&variable["name"]);
        if !app.has_variable(name) {
            wrong.push(format!("spin.toml has no variable {name}"));
        } else if !used.contains(name) {
            wrong.push(format!("none of its components uses {name}"));
        }
        if app.is_secret(name) && variable["valueFrom"]["secretKeyRef"]["name"].is_null() {
            wrong.push(format!("{name} is a secret and not told by reference"));
        }
        if !told.insert(name) {
            wrong.push(format!("{name} is told twice"));
        }
    }
    for name in used.iter().filter(|name| app.is_required(name) && !told.contains(**name)) {
        wrong.push(format!("{name} is required"));
    }
    wrong
}

/// Something scales what is to be scaled, and what KEDA looks at is what the consumer consumes.
fn scaling(case: &Rendered, app: &App) -> Vec<String> {
    let mut wrong = Vec::new();
    for spinapp in case.of("SpinApp").filter(|it| it["spec"]["enableAutoscaling"] == true) {
        let mut scaling = case.of("ScaledObject").chain(case.of("HorizontalPodAutoscaler"));
        let Some(scaled) = scaling.find(|it| name(it) == name(spinapp)) else {
            wrong.push(case.says(spinapp, "nothing scales it"));
            continue;
        };
        let Some(consumer) = texts(&spinapp["spec"]["components"]).find_map(|it| app.consumer(it))
        else {
            continue;
        };
        let of = |field: &'static str| {
            list(&scaled["spec"]["triggers"]).map(move |trigger| text(&trigger["metadata"][field]))
        };
        let topics: BTreeSet<&str> = texts(&consumer["topics"]).collect();
        if of("topic").collect::<BTreeSet<_>>() != topics {
            wrong.push(case.says(scaled, &format!("its topics are not {topics:?}")));
        }
        let group = text(&consumer["group"]);
        if of("consumerGroup").any(|it| it != group) {
            wrong.push(case.says(scaled, &format!("its group is not {group}")));
        }
    }
    wrong
}

/// `variables` of the values takes those of spin.toml that are no secret, and that nothing else of the values says.
fn settable(schema: &Value, app: &App) -> Vec<String> {
    const SAID_ELSEWHERE: [&str; 13] = [
        "database_host",
        "database_port",
        "kafka_brokers",
        "mail_host",
        "mail_port",
        "mail_url",
        "oidc_audience",
        "oidc_host",
        "oidc_issuer",
        "oidc_jwks_url",
        "oidc_port",
        "ollama_host",
        "ollama_port",
    ];
    let fields = schema["properties"]["variables"]["properties"].as_object();
    let takes: BTreeSet<&str> =
        fields.into_iter().flat_map(|all| all.keys()).map(String::as_str).collect();
    let mut wanted = app.plain_variables();
    wanted.retain(|name| !SAID_ELSEWHERE.contains(name) && *name != "ollama_url");
    let differing = wanted.symmetric_difference(&takes);
    differing
        .map(|name| format!("values.schema.json, variables: {name} is there or in spin.toml alone"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MANIFEST: &str = r#"
        [application.trigger.kafka]
        brokers = "{{ kafka_brokers }}"
        [variables]
        database_url = { required = true, secret = true }
        kafka_brokers = { default = "" }
        mail_key = { default = "", secret = true }
        log_level = { default = "info" }
        [[trigger.http]]
        component = "tasks"
        route = "/"
        [[trigger.kafka]]
        component = "write"
        group = "writers"
        topics = ["a", "b"]
        [component.tasks]
        variables = { database_url = "{{ database_url }}", level = "{{log_level}}" }
        [component.write]
        allowed_outbound_hosts = ["https://*:*"]
        variables = { database_url = "{{ database_url }}" }
    "#;

    fn app() -> App {
        App::parse(MANIFEST).unwrap()
    }

    fn spinapp(name: &str, components: &[&str], more: &[Value]) -> Value {
        let database = json!({ "name": "database_url", "valueFrom": { "secretKeyRef": { "name": "a", "key": "b" } } });
        let variables: Vec<&Value> = [&database].into_iter().chain(more).collect();
        json!({ "kind": "SpinApp", "metadata": { "name": name },
                "spec": { "components": components, "variables": variables } })
    }

    fn case(objects: Vec<Value>) -> Rendered {
        Rendered { case: "x", yaml: String::new(), objects }
    }

    #[test]
    fn a_component_runs_once() {
        let wrong = |objects| components(&case(objects), &app());
        let (http, kafka) = (spinapp("h", &["tasks"], &[]), spinapp("k", &["write"], &[]));
        assert_eq!(wrong(vec![http.clone(), kafka.clone()]), Vec::<String>::new());
        assert_eq!(wrong(vec![http.clone()]), ["x: write is in 0 SpinApps"]);
        assert_eq!(wrong(vec![http.clone(), http, kafka]), ["x: tasks is in 2 SpinApps"]);
        let together = spinapp("h", &["tasks", "write", "more"], &[]);
        assert_eq!(
            wrong(vec![together, spinapp("e", &[], &[])]),
            [
                "x: SpinApp h: write isn't alone",
                "x: SpinApp e: without components it would run all of them",
                "x: spin.toml has no component more",
            ]
        );
    }

    #[test]
    fn a_spinapp_is_told_what_its_components_use() {
        let wrong = |it: &Value| variables(it, &app());
        let level = json!({ "name": "log_level", "value": "debug" });
        assert_eq!(
            wrong(&spinapp("h", &["tasks"], std::slice::from_ref(&level))),
            Vec::<String>::new()
        );
        let brokers = json!({ "name": "kafka_brokers", "value": "k:9092" });
        assert_eq!(wrong(&spinapp("k", &["write"], &[brokers])), Vec::<String>::new());
        assert_eq!(
            wrong(&spinapp("k", &["write"], std::slice::from_ref(&level))),
            ["none of its components uses log_level"]
        );
        let twice = spinapp("h", &["tasks"], &[level.clone(), level]);
        assert_eq!(wrong(&twice), ["log_level is told twice"]);
        let nameless = spinapp("h", &["tasks"], &[json!({ "name": "nope", "value": "" })]);
        assert_eq!(wrong(&nameless), ["spin.toml has no variable nope"]);
        let literal = json!({ "spec": { "components": ["tasks"], "variables": [{ "name": "database_url", "value": "x" }] } });
        assert_eq!(wrong(&literal), ["database_url is a secret and not told by reference"]);
        assert_eq!(
            wrong(&json!({ "spec": { "components": ["tasks"] } })),
            ["database_url is required"]
        );
    }

    #[test]
    fn what_scales_a_consumer_is_what_waits_for_it() {
        let mut kafka = spinapp("k", &["write"], &[]);
        kafka["spec"]["enableAutoscaling"] = true.into();
        let scaled = |group: &str, topics: &[&str]| {
            let trigger = |topic| json!({ "metadata": { "topic": topic, "consumerGroup": group } });
            let triggers: Vec<Value> = topics.iter().map(trigger).collect();
            json!({ "kind": "ScaledObject", "metadata": { "name": "k" }, "spec": { "triggers": triggers } })
        };
        let wrong = |scaled: Vec<Value>| {
            scaling(&case([vec![kafka.clone()], scaled].concat()), &app()).len()
        };
        assert_eq!(wrong(vec![scaled("writers", &["a", "b"])]), 0);
        assert_eq!(wrong(vec![scaled("writers", &["a"])]), 1);
        assert_eq!(wrong(vec![scaled("write", &["a", "b"])]), 1);
        assert_eq!(wrong(vec![]), 1);
    }

    #[test]
    fn what_can_be_set_is_in_both() {
        let schema =
            |name: &str| json!({ "properties": { "variables": { "properties": { name: {} } } } });
        assert_eq!(settable(&schema("log_level"), &app()), Vec::<String>::new());
        assert_eq!(settable(&schema("mail_key"), &app()).len(), 2);
    }
}
