use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use spin_host::variables::Provider;

use super::*;

/// An application with one component and these tables, as TOML.
fn read(application: &str, trigger: &str) -> Result<Vec<Settings>, ConfigError> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let manifest = directory.path().join("spin.toml");
    let text = format!(
        r#"
spin_manifest_version = 2
[application]
name = "t"
[variables]
kafka_brokers = {{ default = "127.0.0.1:9092" }}
kafka_password = {{ required = true, secret = true }}
given = {{ required = true }}
[application.trigger.kafka]
{application}
[[trigger.kafka]]
component = "audit-write"
{trigger}
[component.audit-write]
source = "audit-write.wasm"
"#
    );
    std::fs::write(&manifest, text).expect("a manifest");
    std::fs::write(directory.path().join("audit-write.wasm"), "").expect("a component");
    let app = App::from_manifest(Path::new(&manifest)).expect("a manifest that can be read");
    let given = Provider::Static(BTreeMap::from([("given".to_owned(), "s3cret".to_owned())]));
    let variables = Variables::new(&app.variables, &[given]).expect("variables");
    parse(&app, &variables)
}

#[test]
fn what_is_left_out_has_its_default() {
    let settings = read(r#"brokers = "{{ kafka_brokers }}""#, r#"topics = ["task-events"]"#)
        .expect("settings");
    let [settings] = &settings[..] else { panic!("one trigger") };
    assert_eq!(settings.brokers.brokers, "127.0.0.1:9092");
    assert_eq!(settings.component, "audit-write");
    assert_eq!(settings.group, "audit-write");
    assert_eq!(settings.dead_letter, "audit-write.dead-letter");
    assert_eq!(settings.start, Start::Earliest);
    assert_eq!(settings.batch, BatchLimits { records: 500, bytes: 1 << 20, wait: Duration::ZERO });
    let retry =
        Retry { attempts: 8, first: Duration::from_millis(200), max: Duration::from_secs(60) };
    assert_eq!(settings.retry, retry);
    assert_eq!(settings.timeout, Duration::from_secs(30));
    assert!(settings.blocked_networks.is_empty());
}

#[test]
fn every_field_is_read() {
    let settings = read(
        r#"brokers = "a:1,b:2"
           properties = { "sasl.password" = "{{ given }}", "fetch.wait.max.ms" = 7, "enable.partition.eof" = false }"#,
        r#"topics = ["a", "b.c_d-e"]
           group = "{{ given }}"
           start = "latest"
           batch = { records = 3, bytes = "64KiB", wait = "5ms" }
           retry = { attempts = 2, first = "1s", max = "1m 30s" }
           dead_letter = "graveyard"
           timeout = "1m"
           block_networks = ["10.0.0.0/8"]
           properties = { "fetch.wait.max.ms" = 8, "sasl.username" = "{{ given }}" }"#,
    )
    .expect("settings");
    let [settings] = &settings[..] else { panic!("one trigger") };
    assert_eq!(settings.topics, ["a", "b.c_d-e"]);
    assert_eq!(settings.group, "s3cret");
    assert_eq!(settings.start, Start::Latest);
    assert_eq!(
        settings.batch,
        BatchLimits { records: 3, bytes: 65_536, wait: Duration::from_millis(5) }
    );
    let retry = Retry { attempts: 2, first: Duration::from_secs(1), max: Duration::from_secs(90) };
    assert_eq!(settings.retry, retry);
    assert_eq!(settings.dead_letter, "graveyard");
    assert_eq!(settings.timeout, Duration::from_secs(60));
    let blocks =
        |address: &str| settings.blocked_networks.block(address.parse().expect("an address"));
    assert!(blocks("10.1.2.3") && !blocks("127.0.0.1"));
    let property = |name: &str| settings.brokers.properties[name].to_string();
    assert_eq!(property("sasl.password"), "s3cret");
    assert_eq!(property("fetch.wait.max.ms"), "8");
    assert_eq!(property("sasl.username"), "s3cret");
    assert_eq!(property("enable.partition.eof"), "false");
    assert!(!format!("{:?}", settings.brokers).contains("s3cret"));
}

#[test]
fn properties_are_a_table_or_a_text() {
    let settings = read(
        "brokers = \"a:1\"\nproperties = \"\"\"\nsasl.username = me\nsasl.password={{ given }}\n\"\"\"",
        "topics = [\"a\"]\nproperties = { \"sasl.username\" = \"you\" }",
    )
    .expect("settings");
    let property = |name: &str| settings[0].brokers.properties[name].to_string();
    assert_eq!(
        (property("sasl.username"), property("sasl.password")),
        ("you".into(), "s3cret".into())
    );
}

#[test]
fn what_is_wrong_is_said_with_its_table_and_its_field() {
    let brokers = r#"brokers = "a:1""#;
    let topics = |rest: &str| format!("topics = [\"t\"]\n{rest}");
    let application = "[application.trigger.kafka]: ";
    let trigger = "[[trigger.kafka]] of component audit-write: ";
    for (app, table, expected) in [
        ("", topics(""), format!("{application}.: missing field `brokers`")),
        (
            brokers,
            topics(r#"block_networks = ["here"]"#),
            format!(
                "{trigger}block_networks: \"here\" is no network such as 10.0.0.0/8, nor private"
            ),
        ),
        (r#"brokers = """#, topics(""), format!("{application}brokers: must be host:port")),
        (r#"brokers = "a:1,,b:2""#, topics(""), format!("{application}brokers: must be host:port")),
        (r#"brokers = "{{ nobody }}""#, topics(""), format!("{application}brokers: ")),
        (
            "brokers = \"a:1\"\nbroker = 1",
            topics(""),
            format!("{application}broker: unknown field `broker`"),
        ),
        (
            "brokers = \"a:1\"\nproperties = { \"sasl.password\" = \"{{ kafka_password }}\" }",
            topics(""),
            format!("{application}properties.sasl.password: "),
        ),
        (
            "brokers = \"a:1\"\nproperties = { x = [1] }",
            topics(""),
            format!("{application}properties.x: expected a string"),
        ),
        (
            "brokers = \"a:1\"\nproperties = \"{{ given }}\"",
            topics(""),
            format!("{application}properties: line 1 is not name=value"),
        ),
        (brokers, String::new(), format!("{trigger}.: missing field `topics`")),
        (brokers, "topics = []".into(), format!("{trigger}topics: must name at least one topic")),
        (
            brokers,
            r#"topics = ["a", "b c"]"#.into(),
            format!("{trigger}topics[1]: must be 1 to 249 letters"),
        ),
        (
            brokers,
            r#"topics = ["{{ x"]"#.into(),
            format!("{trigger}.topics[0]: ").replace(".topics", "topics"),
        ),
        (brokers, topics(r#"group = " ""#), format!("{trigger}group: must not be empty")),
        (
            brokers,
            topics(r#"start = "erliest""#),
            format!("{trigger}start: unknown variant `erliest`, expected `earliest` or `latest`"),
        ),
        (brokers, topics(r#"strat = "latest""#), format!("{trigger}strat: unknown field `strat`")),
        (
            brokers,
            topics("batch = { records = 0 }"),
            format!("{trigger}batch.records: must be at least 1"),
        ),
        (
            brokers,
            topics("batch = { records = -1 }"),
            format!("{trigger}batch.records: invalid value"),
        ),
        (
            brokers,
            topics(r#"batch = { bytes = "1 MB!" }"#),
            format!("{trigger}batch.bytes: must be a number of bytes"),
        ),
        (
            brokers,
            topics("batch = { bytes = 0 }"),
            format!("{trigger}batch.bytes: must be a number of bytes"),
        ),
        (
            brokers,
            topics(r#"batch = { wait = "5" }"#),
            format!("{trigger}batch.wait: must be a duration"),
        ),
        (
            brokers,
            topics(r#"batch = { wait = "2d" }"#),
            format!("{trigger}batch.wait: must be from 0ns to a day"),
        ),
        (
            brokers,
            topics("batch = { size = 1 }"),
            format!("{trigger}batch.size: unknown field `size`"),
        ),
        (
            brokers,
            topics("retry = { attempts = 0 }"),
            format!("{trigger}retry.attempts: must be at least 1"),
        ),
        (
            brokers,
            topics(r#"retry = { first = "soon" }"#),
            format!("{trigger}retry.first: must be a duration"),
        ),
        (
            brokers,
            topics(r#"retry = { first = "2m" }"#),
            format!("{trigger}retry.first: must not be longer than retry.max"),
        ),
        (
            brokers,
            topics(r#"timeout = "0s""#),
            format!("{trigger}timeout: must be from 1ms to a day"),
        ),
        (
            brokers,
            topics("timeout = 30"),
            format!("{trigger}timeout: invalid type: integer `30`, expected a string"),
        ),
        (
            brokers,
            topics(r#"dead_letter = "a/b""#),
            format!("{trigger}dead_letter: must be 1 to 249 letters"),
        ),
        (
            brokers,
            topics(r#"dead_letter = "t""#),
            format!("{trigger}dead_letter: must not be one of the topics"),
        ),
    ] {
        let error = read(app, &table).expect_err(&expected).to_string();
        assert!(error.starts_with(&expected), "{error}\nis not\n{expected}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
