//! `[application.trigger.kafka]` and `[[trigger.kafka]]`: everything is parsed and checked here, before the first
//! connection. What is wrong is said with its table and its field.

mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use spin_host::BlockedNetworks;
use spin_host::app::App;
use spin_host::variables::Variables;

use crate::TRIGGER_TYPE;

/// Why the settings of a Kafka trigger are refused. Never holds the value of a variable that is filled in.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A field has no value, or not one that it may have.
    #[error("{table}: {field}: {reason}")]
    Field {
        /// The table of the manifest, and whose it is.
        table: String,
        /// The field, as `batch.records`; `.` is the table itself.
        field: String,
        /// What it may be.
        reason: String,
    },
    /// The component of a trigger was not loaded into the host.
    #[error("{table}: component {component} is not loaded")]
    NotLoaded {
        /// The table of the manifest, and whose it is.
        table: String,
        /// The component.
        component: String,
    },
    /// The component of a trigger can't be called by it.
    #[error("{table}: component {component} does not export spindle:kafka/handler@1.0.0")]
    NoHandler {
        /// The table of the manifest, and whose it is.
        table: String,
        /// The component.
        component: String,
        /// What wasmtime says.
        #[source]
        source: wasmtime::Error,
    },
}

/// One `[[trigger.kafka]]`, with what it takes from `[application.trigger.kafka]`.
#[derive(Debug)]
pub(crate) struct Settings {
    /// How messages to people name this table.
    pub table: String,
    pub component: String,
    pub brokers: Brokers,
    pub topics: Vec<String>,
    pub group: String,
    pub start: Start,
    pub batch: BatchLimits,
    pub retry: Retry,
    pub dead_letter: String,
    pub timeout: Duration,
    pub blocked_networks: BlockedNetworks,
    /// Which of the properties are this trigger's own, for whoever has to say where one is wrong.
    pub own_properties: BTreeSet<String>,
}

/// `[application.trigger.kafka]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Brokers {
    pub brokers: String,
    /// Any property of librdkafka's: a table, or a text with one a line.
    #[serde(default, deserialize_with = "properties")]
    pub properties: BTreeMap<String, Property>,
}

/// Properties hold passwords.
impl std::fmt::Debug for Brokers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Brokers")
            .field("properties", &self.properties.keys())
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Deserialize)]
#[serde(untagged, expecting = "expected a string, an integer, or true or false")]
pub(crate) enum Property {
    Text(String),
    Integer(i64),
    Boolean(bool),
}

impl std::fmt::Display for Property {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(boolean) => boolean.fmt(f),
        }
    }
}

fn properties<'de, D: Deserializer<'de>>(value: D) -> Result<BTreeMap<String, Property>, D::Error> {
    /// A table, whose errors say where in it they are, unless it is a text.
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = BTreeMap<String, Property>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a table, or a text with a property a line")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            let pairs = crate::properties::parse(text).map_err(E::custom)?;
            Ok(pairs.into_iter().map(|(name, value)| (name, Property::Text(value))).collect())
        }

        fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
            Deserialize::deserialize(MapAccessDeserializer::new(table))
        }
    }

    value.deserialize_any(Either)
}

/// Where a group begins that has no committed offset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Start {
    #[default]
    Earliest,
    Latest,
}

/// When a batch is full. One record is always let in, however large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BatchLimits {
    pub records: usize,
    /// Of keys, values and headers.
    #[serde(deserialize_with = "units::bytes")]
    pub bytes: usize,
    /// How long to wait for more records if what is there doesn't fill a batch.
    #[serde(deserialize_with = "units::duration")]
    pub wait: Duration,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self { records: 500, bytes: 1 << 20, wait: Duration::ZERO }
    }
}

/// How a batch that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Retry {
    /// How often a record is tried before it goes to the dead-letter topic.
    pub attempts: u32,
    /// The wait before the second attempt; doubled for each further one.
    #[serde(deserialize_with = "units::duration")]
    pub first: Duration,
    /// The longest wait between two attempts.
    #[serde(deserialize_with = "units::duration")]
    pub max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 8, first: Duration::from_millis(200), max: Duration::from_secs(60) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    topics: Vec<String>,
    group: Option<String>,
    #[serde(default)]
    start: Start,
    #[serde(default)]
    batch: BatchLimits,
    #[serde(default)]
    retry: Retry,
    dead_letter: Option<String>,
    #[serde(default = "default_timeout", deserialize_with = "units::duration")]
    timeout: Duration,
    #[serde(default)]
    block_networks: Vec<String>,
    /// Beside the application's, and instead of those of the same names.
    #[serde(default, deserialize_with = "properties")]
    properties: BTreeMap<String, Property>,
}

fn default_timeout() -> Duration {
    Duration::from_secs(30)
}

/// A wait or a time limit longer than this is a slip of the pen.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Every `[[trigger.kafka]]` of an application, in the manifest's order.
pub(crate) fn parse(app: &App, variables: &Variables) -> Result<Vec<Settings>, ConfigError> {
    let mut triggers = app.triggers_of(TRIGGER_TYPE).peekable();
    if triggers.peek().is_none() {
        return Ok(Vec::new());
    }
    let place = Place("[application.trigger.kafka]".into());
    let absent = Value::Object(Default::default());
    let brokers: Brokers =
        place.read(app.trigger_settings.get(TRIGGER_TYPE).unwrap_or(&absent), variables)?;
    if brokers.brokers.split(',').any(|broker| broker.trim().is_empty()) {
        return Err(
            place.wrong("brokers", "must be host:port, or several of them with commas between")
        );
    }
    triggers
        .map(|trigger| {
            let place = Place(format!("[[trigger.kafka]] of component {}", trigger.component));
            let table: Table = place.read(&trigger.config, variables)?;
            place.check(table, &trigger.component, &brokers)
        })
        .collect()
}

/// A table of the manifest, as errors name it.
struct Place(String);

impl Place {
    fn wrong(&self, field: impl ToString, reason: impl ToString) -> ConfigError {
        ConfigError::Field {
            table: self.0.clone(),
            field: field.to_string(),
            reason: reason.to_string(),
        }
    }

    /// Fills in the templates of every string, then reads the table.
    fn read<T: DeserializeOwned>(
        &self,
        table: &Value,
        variables: &Variables,
    ) -> Result<T, ConfigError> {
        let filled = self.fill(table, ".", variables)?;
        serde_path_to_error::deserialize(filled)
            .map_err(|error| self.wrong(error.path().to_string(), error.inner()))
    }

    fn fill(&self, value: &Value, path: &str, variables: &Variables) -> Result<Value, ConfigError> {
        let below = |key: &str| if path == "." { key.to_owned() } else { format!("{path}.{key}") };
        Ok(match value {
            Value::String(text) => variables
                .resolve(text)
                .map(Value::String)
                .map_err(|error| self.wrong(path, error))?,
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.fill(item, &format!("{path}[{index}]"), variables))
                .collect::<Result<_, _>>()?,
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), self.fill(item, &below(key), variables)?)))
                    .collect::<Result<_, ConfigError>>()?,
            ),
            other => other.clone(),
        })
    }

    fn check(
        &self,
        table: Table,
        component: &str,
        brokers: &Brokers,
    ) -> Result<Settings, ConfigError> {
        let group = table.group.unwrap_or_else(|| component.to_owned());
        let dead_letter = table.dead_letter.unwrap_or_else(|| format!("{group}.dead-letter"));
        if group.trim().is_empty() {
            return Err(self.wrong("group", "must not be empty"));
        }
        if table.topics.is_empty() {
            return Err(self.wrong("topics", "must name at least one topic"));
        }
        for (index, topic) in table.topics.iter().enumerate() {
            check_topic(topic).map_err(|reason| self.wrong(format!("topics[{index}]"), reason))?;
        }
        check_topic(&dead_letter).map_err(|reason| self.wrong("dead_letter", reason))?;
        if table.topics.contains(&dead_letter) {
            return Err(
                self.wrong("dead_letter", "must not be one of the topics that the group consumes")
            );
        }
        if table.batch.records == 0 {
            return Err(self.wrong("batch.records", "must be at least 1"));
        }
        if table.retry.attempts == 0 {
            return Err(self.wrong("retry.attempts", "must be at least 1"));
        }
        if table.retry.first > table.retry.max {
            return Err(self.wrong("retry.first", "must not be longer than retry.max"));
        }
        for (field, length, shortest) in [
            ("batch.wait", table.batch.wait, Duration::ZERO),
            ("retry.first", table.retry.first, Duration::from_millis(1)),
            ("retry.max", table.retry.max, Duration::from_millis(1)),
            ("timeout", table.timeout, Duration::from_millis(1)),
        ] {
            if !(shortest..=LONGEST).contains(&length) {
                return Err(self.wrong(field, format_args!("must be from {shortest:?} to a day")));
            }
        }
        let blocked_networks = BlockedNetworks::parse(&table.block_networks)
            .map_err(|error| self.wrong("block_networks", error))?;
        let own_properties = table.properties.keys().cloned().collect();
        let mut brokers = brokers.clone();
        brokers.properties.extend(table.properties);
        Ok(Settings {
            table: self.0.clone(),
            component: component.to_owned(),
            brokers,
            topics: table.topics,
            group,
            start: table.start,
            batch: table.batch,
            retry: table.retry,
            dead_letter,
            timeout: table.timeout,
            blocked_networks,
            own_properties,
        })
    }
}

/// What Kafka allows as a topic's name (org.apache.kafka.common.internals.Topic).
fn check_topic(name: &str) -> Result<(), &'static str> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if (1..=249).contains(&name.len()) && name.chars().all(legal) && name != "." && name != ".." {
        Ok(())
    } else {
        Err("must be 1 to 249 letters, digits, dots, underscores and hyphens")
    }
}

#[cfg(test)]
mod tests;
