//! What `spin up` asks of a trigger's plugin.

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

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_application_runs_with_variables_of_a_runtime_configuration() {
    let (broker, topic) = (Broker::shared(), unique("locked"));
    broker.create_topic(&topic, 1).await;
    let probe = Probe::done().await;
    let directory = tempfile::tempdir().expect("a directory");
    let locked = json!({
        "spin_lock_version": 0,
        "metadata": {
            "name": "probe", "trigger": { "type": "kafka" }, "triggers": { "kafka": { "brokers": "{{ brokers }}" } }
        },
        "variables": { "brokers": {}, "topic": {}, "token": { "secret": true, "default": "t" } },
        "triggers": [{
            "id": "trigger-probe", "trigger_type": "kafka",
            "trigger_config": { "component": "probe", "topics": ["{{ topic }}"], "group": "{{ topic }}" }
        }],
        "components": [{
            "id": "probe",
            "metadata": { "allowed_outbound_hosts": ["http://127.0.0.1:*"] },
            "source": { "content_type": "application/wasm", "source": format!("file://{}", guest().display()) },
            "env": { "PROBE_URL": probe.url }
        }]
    });
    let write = |name: &str, text: String| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let lock = write("spin.lock", locked.to_string());
    let runtime = write(
        "runtime.toml",
        format!(
            "[[variables_provider]]\ntype = \"static\"\n[variables_provider.values]\nbrokers = \"{}\"",
            broker.address
        ),
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_trigger-kafka"));
    command
        .args(["--listen", "127.0.0.1:0"])
        .current_dir(directory.path())
        .env("SPIN_LOCKED_URL", format!("file://{}", lock.display()))
        .env("SPIN_WORKING_DIR", directory.path())
        .env("RUNTIME_CONFIG_FILE", runtime)
        .env("SPIN_VARIABLE_TOPIC", &topic);
    let mut plugin = Plugin::start(command, directory.into());
    broker.producer().send_numbers(&topic, 0, 0, 3).await;
    broker.until_committed(&topic, &topic, 0, 3).await;
    plugin.stop().await;
}
