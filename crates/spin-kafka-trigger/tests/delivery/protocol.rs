//! What `spin up` asks of a trigger's plugin.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::broker::Broker;
use crate::plugin::{Application, Plugin, Setup, guest};
use crate::probe::Probe;
use crate::unique;

fn run(app: Option<&Application>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trigger-kafka"));
    command.args(arguments);
    if let Some(app) = app {
        command.env("SPIN_LOCKED_URL", app.manifest());
    }
    command.output().expect("trigger-kafka runs")
}

#[test]
fn launch_metadata_is_json_on_stderr_alone() {
    let output = run(None, &["--launch-metadata-only"]);
    assert!(output.status.success());
    assert!(output.stdout.is_empty());
    let metadata: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    let flags = metadata["all_flags"].as_array().expect("a list");
    assert!(flags.contains(&json!({ "long": "--runtime-config-file" })), "{flags:?}");
}

#[test]
fn help_has_an_example_and_the_options_alone_have_none() {
    let help = String::from_utf8(run(None, &["--help"]).stdout).expect("text");
    assert!(help.contains("[[trigger.kafka]]") && help.contains("--variable"), "{help}");
    let options = String::from_utf8(run(None, &["--help-args-only"]).stdout).expect("text");
    assert!(options.contains("--variable") && !options.contains("[[trigger.kafka]]"), "{options}");
}

#[test]
fn bad_settings_end_it_with_one_sentence_before_it_connects() {
    let setup = |trigger, properties| {
        Application::new(&Setup {
            brokers: "127.0.0.1:1",
            probe: "http://127.0.0.1:1/",
            group: "g",
            topic: "t",
            trigger,
            properties,
        })
    };
    for (trigger, properties, expected) in [
        (
            "start = \"erliest\"",
            "",
            "trigger-kafka: [[trigger.kafka]] of component probe: start: unknown variant `erliest`, expected `earliest` or `latest`",
        ),
        (
            "timeout = \"{{ nobody }}\"",
            "",
            "trigger-kafka: [[trigger.kafka]] of component probe: timeout: variable nobody is not declared",
        ),
        (
            "timeout = \"30 parsecs\"",
            "",
            "trigger-kafka: [[trigger.kafka]] of component probe: timeout: must be a duration such as \"200ms\" or \"30s\"",
        ),
        (
            "strat = \"latest\"",
            "",
            "trigger-kafka: [[trigger.kafka]] of component probe: strat: unknown field `strat`, expected one of `topics`, `group`, `start`, `batch`, `retry`, `dead_letter`, `timeout`, `block_networks`, `properties`",
        ),
        (
            "",
            "\"group.id\" = \"mine\"",
            "trigger-kafka: [application.trigger.kafka]: properties.group.id: is set by the trigger's group",
        ),
    ] {
        let output = run(Some(&setup(trigger, properties)), &[]);
        assert!(!output.status.success());
        assert_eq!(String::from_utf8(output.stderr).expect("text").trim_end(), expected);
    }
}

/// A locked application as `spin up` writes it, of the guest behind one trigger.
fn locked(version: u32, probe: &str) -> Value {
    json!({
        "spin_lock_version": version,
        "metadata": {
            "name": "probe",
            "origin": "file:///elsewhere/spin.toml",
            "trigger": { "type": "kafka" },
            "triggers": { "kafka": { "brokers": "{{ brokers }}" } }
        },
        "variables": {
            "brokers": {}, "topic": {}, "group": {}, "start": {}, "token": { "secret": true, "default": "t" }
        },
        "triggers": [{
            "id": "trigger-probe", "trigger_type": "kafka",
            "trigger_config": {
                "component": "probe", "topics": ["{{ topic }}"], "group": "{{ group }}", "start": "{{ start }}"
            }
        }],
        "components": [{
            "id": "probe",
            "metadata": { "allowed_outbound_hosts": ["http://127.0.0.1:*"] },
            "source": { "content_type": "application/wasm", "source": format!("file://{}", guest().display()) },
            "env": { "PROBE_URL": probe }
        }]
    })
}

fn write(directory: &Path, name: &str, text: impl ToString) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text.to_string()).expect("a file");
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_application_of_either_version_runs_with_variables_from_everywhere() {
    let (broker, probe) = (Broker::shared(), Probe::done().await);
    let mut version_0 = locked(0, &probe.url);
    version_0["components"][0]["description"] = "what we don't know of may be ignored".into();
    let mut version_1 = locked(1, &probe.url);
    version_1["must_understand"] = json!(["host_requirements", "component_host_requirements"]);
    version_1["components"][0]["host_requirements"] =
        json!({ "local_service_chaining": "optional" });
    for app in [version_0, version_1] {
        let (topic, group) = (unique("locked"), unique("locked"));
        broker.create_topic(&topic, 1).await;
        let directory = tempfile::tempdir().expect("a directory");
        let lock = write(directory.path(), "spin.lock", app);
        let runtime = format!(
            "[[variables_provider]]\ntype = \"env\"\nprefix = \"MINE\"\n\
             [[variables_provider]]\ntype = \"static\"\nvalues = {{ brokers = \"{}\", start = \"elsewhere\" }}",
            broker.address
        );
        let dotenv = format!("SPIN_VARIABLE_GROUP={group}\nSPIN_VARIABLE_TOPIC=another");
        write(directory.path(), ".env", dotenv);
        let mut command = Command::new(env!("CARGO_BIN_EXE_trigger-kafka"));
        command
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(directory.path())
            .env("SPIN_LOCKED_URL", format!("file://{}", lock.display()))
            .env("SPIN_WORKING_DIR", directory.path())
            .env("SPIN_LOCAL_APP_DIR", "")
            .env("RUNTIME_CONFIG_FILE", write(directory.path(), "runtime.toml", runtime))
            .env("MINE_START", "earliest")
            .env("SPIN_VARIABLE_TOPIC", &topic);
        let mut plugin = Plugin::start(command, directory.into());
        broker.producer().send_numbers(&topic, 0, 0, 3).await;
        broker.until_committed(&group, &topic, 0, 3).await;
        plugin.stop().await;
    }
}

#[test]
fn a_locked_application_that_asks_for_more_than_we_know_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    for (field, value, expected) in [
        ("must_understand", json!(["quantum"]), "the app must be understood in quantum"),
        ("host_requirements", json!({ "quantum": "required" }), "the app requires quantum"),
        ("spin_lock_version", json!(2), "lock version 2 is not supported"),
    ] {
        let mut app = locked(1, "http://127.0.0.1:1/");
        app[field] = value;
        let lock = write(directory.path(), "spin.lock", app);
        let mut command = Command::new(env!("CARGO_BIN_EXE_trigger-kafka"));
        let output = command.env("SPIN_LOCKED_URL", lock).output().expect("trigger-kafka runs");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success());
        assert!(said.starts_with("trigger-kafka: can't load the application: "), "{said}");
        assert!(said.contains(expected) && said.trim_end().lines().count() == 1, "{said}");
    }
}
