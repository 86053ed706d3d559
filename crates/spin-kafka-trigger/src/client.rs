//! What librdkafka is told: our defaults, then the host's, then the application's properties, then what the trigger's
//! promises rest on.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

use crate::settings::{ConfigError, Settings, Start};

/// Ours, where librdkafka's own defaults serve a trigger badly. The application's properties come after them.
const DEFAULTS: &[(&str, &str)] = &[
    ("client.id", "spin-kafka-trigger"),
    // Joining and leaving members move only the partitions that must move.
    ("partition.assignment.strategy", "cooperative-sticky"),
    // How long a member that was killed keeps its partitions from the others.
    ("session.timeout.ms", "10000"),
    // Members learn of a rebalance by their heartbeats.
    ("heartbeat.interval.ms", "1000"),
    ("fetch.error.backoff.ms", "100"),
    // How soon a partition whose queue was full fetches again.
    ("fetch.queue.backoff.ms", "2"),
    // What is fetched ahead, for each partition. With half of it, a handler that is quick waits for Kafka half of the time.
    ("queued.min.messages", "50000"),
    ("queued.max.messages.kbytes", "16384"),
    ("reconnect.backoff.ms", "100"),
    ("reconnect.backoff.max.ms", "2000"),
    // How soon a topic or a partition that is new is found.
    ("topic.metadata.refresh.interval.ms", "2000"),
    ("allow.auto.create.topics", "false"),
    ("log.connection.close", "false"),
];

/// Properties that are the trigger's own, and the field that sets them, if any.
const RESERVED: &[(&str, &str)] = &[
    ("bootstrap.servers", "is set by brokers"),
    ("metadata.broker.list", "is set by brokers"),
    ("group.id", "is set by the trigger's group"),
    ("auto.offset.reset", "is set by the trigger's start"),
    ("enable.auto.commit", "is the trigger's: it commits what handlers have done"),
    ("enable.auto.offset.store", "is the trigger's: it commits what handlers have done"),
    ("enable.partition.eof", "is the trigger's"),
    ("group.protocol", "is the trigger's: it speaks the classic protocol"),
    ("transactional.id", "is of no use: the trigger begins no transaction"),
];

/// How long a rebalance may wait for a handler beyond its time limit.
const SLACK: Duration = Duration::from_secs(30);

/// What a dead letter's producer promises: nothing is acknowledged that a copy misses, nothing is written twice by a
/// retry, and the broker alone says what is too large.
const PRODUCER: &[(&str, &str)] = &[
    ("enable.idempotence", "true"),
    ("acks", "all"),
    ("max.in.flight.requests.per.connection", "5"),
    ("message.timeout.ms", "10000"),
    ("message.max.bytes", "1000000000"),
    ("queue.buffering.max.kbytes", "2097151"),
    ("linger.ms", "0"),
];

/// What is wrong with a property, or with one of them, in the table where it stands.
fn wrong(settings: &Settings, property: Option<&str>, reason: &str) -> ConfigError {
    let is_own = property.is_some_and(|property| settings.own_properties.contains(property));
    let table = if is_own { &settings.table } else { "[application.trigger.kafka]" };
    let field = property.map_or("properties".to_owned(), |name| format!("properties.{name}"));
    ConfigError::Field { table: table.to_owned(), field, reason: reason.to_owned() }
}

/// What both of a trigger's clients are told. `host` is what the host would rather have than our defaults.
fn common(settings: &Settings, host: &[(&str, &str)]) -> Result<ClientConfig, ConfigError> {
    let mut config = ClientConfig::new();
    for (name, value) in DEFAULTS.iter().chain(host) {
        config.set(*name, *value);
    }
    for (name, value) in &settings.brokers.properties {
        if let Some((_, whose)) = RESERVED.iter().find(|(reserved, _)| reserved == name) {
            return Err(wrong(settings, Some(name), whose));
        }
        config.set(name, value.to_string());
    }
    config.set("bootstrap.servers", &settings.brokers.brokers);
    let debugging = settings.brokers.properties.contains_key("debug");
    config.set_log_level(if debugging { RDKafkaLogLevel::Debug } else { RDKafkaLogLevel::Warning });
    Ok(config)
}

/// The configuration of a trigger's producer of dead letters. What the application's properties say to a consumer,
/// librdkafka ignores here.
pub(crate) fn producer(
    settings: &Settings,
    host: &[(&str, &str)],
) -> Result<ClientConfig, ConfigError> {
    let mut config = common(settings, host)?;
    for (name, value) in PRODUCER {
        config.set(*name, *value);
    }
    Ok(config)
}

/// The configuration of a trigger's consumer, every property checked by itself.
pub(crate) fn consumer(
    settings: &Settings,
    host: &[(&str, &str)],
) -> Result<ClientConfig, ConfigError> {
    let mut config = common(settings, host)?;
    // The group waits this long for a member that must give a partition up, whose handler may still be at work.
    let rebalance = (settings.timeout + SLACK).max(Duration::from_secs(300));
    if !settings.brokers.properties.contains_key("max.poll.interval.ms") {
        config.set("max.poll.interval.ms", rebalance.as_millis().to_string());
    }
    config.set("group.id", &settings.group);
    config.set(
        "auto.offset.reset",
        match settings.start {
            Start::Earliest => "earliest",
            Start::Latest => "latest",
        },
    );
    config.set("enable.auto.commit", "false");
    config.set("enable.auto.offset.store", "false");

    match config.create_native_config() {
        Ok(native) => check_rebalance(&native, settings.timeout)
            .map_err(|reason| wrong(settings, Some("max.poll.interval.ms"), &reason))?,
        // Without librdkafka's text, which may hold the value, and thereby a password.
        Err(KafkaError::ClientConfig(_, _, name, _)) => {
            return Err(wrong(
                settings,
                Some(&name),
                "librdkafka has no such property, or refuses its value",
            ));
        }
        Err(_) => return Err(wrong(settings, None, "librdkafka refuses a property")),
    }
    Ok(config)
}

fn check_rebalance(
    native: &rdkafka::config::NativeClientConfig,
    timeout: Duration,
) -> Result<(), String> {
    let interval = native.get("max.poll.interval.ms").ok().and_then(|text| text.parse().ok());
    match interval.map(Duration::from_millis) {
        Some(interval) if interval <= timeout => {
            Err(format!("must be longer than the trigger's timeout, {timeout:?}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::settings::{BatchLimits, Brokers, Property, Retry};

    fn settings(properties: &[(&str, &str)]) -> Settings {
        let properties = properties
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Property::Text((*value).to_owned())))
            .collect::<BTreeMap<_, _>>();
        Settings {
            table: "[[trigger.kafka]] of component c".into(),
            component: "c".into(),
            brokers: Brokers { brokers: "127.0.0.1:1".into(), properties },
            topics: vec!["t".into()],
            group: "g".into(),
            start: Start::Latest,
            batch: BatchLimits::default(),
            retry: Retry::default(),
            dead_letter: "d".into(),
            timeout: Duration::from_secs(30),
            blocked_networks: Default::default(),
            own_properties: Default::default(),
        }
    }

    #[test]
    fn properties_override_the_hosts_and_the_defaults_and_nothing_commits_by_itself() {
        let host = [("fetch.wait.max.ms", "8"), ("fetch.error.backoff.ms", "9")];
        let config =
            consumer(&settings(&[("fetch.wait.max.ms", "7")]), &host).expect("a configuration");
        assert_eq!(config.get("fetch.wait.max.ms"), Some("7"));
        assert_eq!(config.get("fetch.error.backoff.ms"), Some("9"));
        assert_eq!(config.get("group.id"), Some("g"));
        assert_eq!(config.get("auto.offset.reset"), Some("latest"));
        assert_eq!(config.get("enable.auto.commit"), Some("false"));
        assert_eq!(config.get("enable.auto.offset.store"), Some("false"));
    }

    #[test]
    fn a_long_time_limit_makes_rebalances_wait_longer() {
        let long = Settings { timeout: Duration::from_secs(3600), ..settings(&[]) };
        assert_eq!(
            consumer(&long, &[]).expect("a configuration").get("max.poll.interval.ms"),
            Some("3630000")
        );
    }

    #[test]
    fn what_librdkafka_does_not_take_is_named_without_its_value() {
        for (name, value, expected) in [
            (
                "no.such.property",
                "hunter2",
                "properties.no.such.property: librdkafka has no such property",
            ),
            (
                "fetch.wait.max.ms",
                "hunter2",
                "properties.fetch.wait.max.ms: librdkafka has no such property",
            ),
            ("group.id", "hunter2", "properties.group.id: is set by the trigger's group"),
            ("enable.auto.commit", "true", "properties.enable.auto.commit: is the trigger's"),
            (
                "max.poll.interval.ms",
                "30000",
                "properties.max.poll.interval.ms: must be longer than the trigger's timeout, 30s",
            ),
        ] {
            let error = consumer(&settings(&[(name, value)]), &[]).expect_err(expected).to_string();
            assert!(
                error.starts_with(&format!("[application.trigger.kafka]: {expected}")),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
        let mut settings = settings(&[("group.id", "mine")]);
        settings.own_properties.insert("group.id".to_owned());
        let error = consumer(&settings, &[]).expect_err("whose it is").to_string();
        assert!(
            error.starts_with("[[trigger.kafka]] of component c: properties.group.id"),
            "{error}"
        );
    }
}
