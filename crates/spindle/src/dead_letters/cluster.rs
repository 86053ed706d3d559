//! Where Kafka is, and what we ask it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{Consumer as _, ConsumerContext, StreamConsumer};
use rdkafka::error::KafkaError;
use spin_kafka_trigger::properties;

use super::scan::Span;
use crate::running::Running;

/// How long the brokers may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What the topics' names end with, unless a trigger's `dead_letter` says otherwise.
const SUFFIX: &str = ".dead-letter";

/// For both clients. Properties that are given come after them.
const DEFAULTS: &[(&str, &str)] = &[
    ("client.id", "spindle-dead-letters"),
    // No member of a group: nothing joins it, and nothing is committed.
    ("group.id", "spindle-dead-letters"),
    ("allow.auto.create.topics", "false"),
    // The embedded broker reads no longer than this for one answer. Of 20,000 dead letters on a busy machine, that was
    // one an answer with the 100 ms of `spindle up`, and all in two seconds with 500.
    ("fetch.wait.max.ms", "2000"),
    ("log.connection.close", "false"),
];

/// What reading relies on.
const OURS: &[(&str, &str)] = &[
    ("enable.partition.eof", "true"),
    ("enable.auto.commit", "false"),
    ("auto.offset.reset", "earliest"),
];

/// How to reach Kafka.
#[derive(clap::Args)]
#[command(next_help_heading = "Kafka")]
pub struct Access {
    /// `host:port`, several with commas. Default: the brokers of the `spindle up` that runs on --data.
    #[arg(long, global = true, env = "KAFKA_BROKERS", value_name = "BROKERS")]
    brokers: Option<String>,

    /// The data folder of a running `spindle up`.
    #[arg(long, global = true, default_value = ".spindle", value_name = "FOLDER")]
    data: PathBuf,

    /// A property of librdkafka's, such as security.protocol=SASL_SSL; may be given several times. `name=@file` takes
    /// the value from a file, so that a password is on no command line.
    #[arg(long = "property", global = true, value_name = "NAME=VALUE")]
    properties: Vec<String>,

    /// A file of such properties, one a line. KAFKA_PROPERTIES, which is the same as a text, comes before it, and
    /// --property after it.
    #[arg(long, global = true, env = "KAFKA_PROPERTIES_FILE", value_name = "FILE")]
    properties_file: Option<PathBuf>,

    #[arg(long, global = true, env = "KAFKA_PROPERTIES", hide = true)]
    kafka_properties: Option<String>,
}

impl Access {
    /// Connects.
    pub async fn cluster(&self) -> Result<Cluster> {
        let brokers = self.brokers()?;
        let mut config = ClientConfig::new();
        for (name, value) in DEFAULTS {
            config.set(*name, *value);
        }
        for (name, value) in self.properties()? {
            config.set(name, value);
        }
        config.set("bootstrap.servers", &brokers).set_log_level(RDKafkaLogLevel::Warning);
        Cluster::connect(config, brokers).await
    }

    fn brokers(&self) -> Result<String> {
        if let Some(given) = self.given() {
            return Ok(given.to_owned());
        }
        let instead = "other brokers with --brokers or KAFKA_BROKERS";
        Ok(Running::read(&self.data, instead)?.kafka_brokers)
    }

    fn given(&self) -> Option<&str> {
        self.brokers.as_deref().filter(|given| !given.trim().is_empty())
    }

    fn properties(&self) -> Result<Vec<(String, String)>> {
        let mut properties = Vec::new();
        // They are those of the brokers that KAFKA_BROKERS names. The embedded one is spoken to without.
        if let (Some(_), Some(text)) = (self.given(), &self.kafka_properties) {
            properties.extend(properties::parse(text).context("KAFKA_PROPERTIES")?);
        }
        if let Some(path) = &self.properties_file {
            let more = properties::parse(&read(path)?);
            properties.extend(more.with_context(|| path.display().to_string())?);
        }
        for given in &self.properties {
            // What is wrong with it must not show what may be a password.
            let (name, value) = given.split_once('=').context("--property must be name=value")?;
            let value = match value.trim().strip_prefix('@') {
                Some(path) => read(Path::new(path))?.trim_end_matches(['\r', '\n']).to_owned(),
                None => value.trim().to_owned(),
            };
            properties.push((name.trim().to_owned(), value));
        }
        if properties.iter().any(|(name, _)| name == "bootstrap.servers") {
            bail!("bootstrap.servers is set by --brokers or KAFKA_BROKERS");
        }
        Ok(properties)
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))
}

/// A client whose troubles are told by what it is asked to do.
#[derive(Clone)]
pub struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(facility, "librdkafka: {message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, "librdkafka: {reason}");
    }
}

impl ConsumerContext for Quiet {}

/// Brokers that answer.
pub struct Cluster {
    config: ClientConfig,
    brokers: String,
    pub consumer: Arc<StreamConsumer<Quiet>>,
    /// Every topic, and how many partitions it has.
    pub topics: BTreeMap<String, usize>,
}

impl Cluster {
    async fn connect(config: ClientConfig, brokers: String) -> Result<Self> {
        let consumer: StreamConsumer<Quiet> = client(&config, OURS)?;
        let consumer = Arc::new(consumer);
        let asked = Arc::clone(&consumer);
        // All topics: to ask for one by its name may create it.
        let metadata = blocking(move || asked.fetch_metadata(None, PATIENCE)).await;
        // Its source says the same once more.
        let metadata =
            metadata.map_err(|error| anyhow!("can't reach Kafka at {brokers}: {error}"))?;
        let known = metadata.topics().iter().filter(|topic| topic.error().is_none());
        let topics = known.map(|topic| (topic.name().to_owned(), topic.partitions().len()));
        Ok(Self { topics: topics.collect(), config, brokers, consumer })
    }

    /// Another client of the same brokers.
    pub fn client<C: FromClientConfigAndContext<Quiet>>(&self, own: &[(&str, &str)]) -> Result<C> {
        client(&self.config, own)
    }

    /// The topics that dead letters usually are in.
    pub fn dead_letter_topics(&self) -> impl Iterator<Item = &str> {
        self.topics.keys().map(String::as_str).filter(|topic| topic.ends_with(SUFFIX))
    }

    /// What stands in a topic now.
    pub async fn spans(&self, topic: &str) -> Result<Vec<Span>> {
        let partitions = *self
            .topics
            .get(topic)
            .with_context(|| format!("there is no topic {topic} at {}", self.brokers))?;
        let (consumer, name) = (Arc::clone(&self.consumer), topic.to_owned());
        let asked = blocking(move || {
            (0..i32::try_from(partitions).unwrap_or(i32::MAX))
                .map(|partition| {
                    let (from, to) = consumer.fetch_watermarks(&name, partition, PATIENCE)?;
                    Ok(Span { topic: name.clone(), partition, from, to })
                })
                .collect::<Result<Vec<_>, KafkaError>>()
        });
        asked.await.with_context(|| format!("can't ask where {topic} ends"))
    }
}

fn client<C: FromClientConfigAndContext<Quiet>>(
    config: &ClientConfig,
    own: &[(&str, &str)],
) -> Result<C> {
    let mut config = config.clone();
    for (name, value) in own {
        config.set(*name, *value);
    }
    match config.create_with_context(Quiet) {
        Ok(client) => Ok(client),
        // Its value may be a password.
        Err(KafkaError::ClientConfig(_, _, name, _)) => {
            bail!("{name} is no property of librdkafka's, or may not have this value")
        }
        Err(error) => Err(error).context("can't make a Kafka client"),
    }
}

async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, KafkaError> + Send + 'static,
) -> Result<T, KafkaError> {
    match tokio::task::spawn_blocking(ask).await {
        Ok(answer) => answer,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(data: &Path) -> Access {
        Access {
            brokers: None,
            data: data.to_owned(),
            properties: Vec::new(),
            properties_file: None,
            kafka_properties: None,
        }
    }

    #[test]
    fn brokers_are_those_that_are_given_or_of_the_running_spindle() {
        let folder = tempfile::tempdir().unwrap();
        let mut access = access(folder.path());
        let error = access.brokers().unwrap_err().to_string();
        assert!(error.contains("no `spindle up` runs on"), "{error}");
        let run = r#"{"pid": 1, "url": "", "database_url": "", "app_database_url": "", "kafka_brokers": "127.0.0.1:4711"}"#;
        std::fs::write(folder.path().join(crate::running::FILE), run).unwrap();
        assert_eq!(access.brokers().unwrap(), "127.0.0.1:4711");
        access.brokers = Some(String::new());
        assert_eq!(access.brokers().unwrap(), "127.0.0.1:4711");
        access.brokers = Some("kafka:9092".to_owned());
        assert_eq!(access.brokers().unwrap(), "kafka:9092");
    }

    #[test]
    fn properties_come_from_the_environment_a_file_and_the_command_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let password = file("password", "a=b\n");
        let mut access = access(folder.path());
        access.kafka_properties = Some("security.protocol=SASL_SSL".to_owned());
        assert_eq!(access.properties().unwrap(), [], "they are of other brokers");
        access.brokers = Some("kafka:9092".to_owned());
        access.properties_file = Some(file("properties", "sasl.username=me\n"));
        access.properties =
            vec![format!("sasl.password=@{}", password.display()), "client.id=x".to_owned()];
        let properties = access.properties().unwrap();
        let pairs: Vec<_> = properties.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let expected = [
            ("security.protocol", "SASL_SSL"),
            ("sasl.username", "me"),
            ("sasl.password", "a=b"),
            ("client.id", "x"),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn a_wrong_property_is_refused_without_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let mut access = access(folder.path());
        let path = folder.path().join("properties");
        std::fs::write(&path, "a=b\nhunter2\n").unwrap();
        access.properties_file = Some(path);
        let error = format!("{:#}", access.properties().unwrap_err());
        assert!(error.contains("line 2 is") && !error.contains("hunter2"), "{error}");
        access.properties_file = None;
        access.properties = vec!["bootstrap.servers=x".to_owned()];
        assert!(access.properties().is_err());
        let mut config = ClientConfig::new();
        config.set("sasl.pasword", "hunter2");
        let error = client::<StreamConsumer<Quiet>>(&config, OURS).err().unwrap().to_string();
        assert!(error.contains("sasl.pasword") && !error.contains("hunter2"), "{error}");
    }
}
