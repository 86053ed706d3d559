//! The flags that `spin up` passes on (spinframework/spin crates/trigger/src/cli.rs:53-144).

use std::path::PathBuf;

use clap::builder::{FalseyValueParser, OsStringValueParser, TypedValueParser};
use clap::{CommandFactory, Parser};
use serde_json::{Value, json};

const EXAMPLE: &str = r#"Example (spin.toml):
  [application.trigger.kafka]
  brokers = "{{ kafka_brokers }}"
  properties = { "security.protocol" = "SASL_SSL" }   # anything librdkafka takes

  [[trigger.kafka]]
  component = "audit-write"
  topics = ["task-events"]
  group = "audit-write"                # default: the component's name
  start = "earliest"                   # or "latest"
  batch = { records = 500, bytes = "1MiB", wait = "0ms" }
  retry = { attempts = 8, first = "200ms", max = "60s" }
  dead_letter = "audit-write.dead-letter"
  timeout = "30s"

  $ SPIN_VARIABLE_KAFKA_BROKERS=127.0.0.1:9092 spin up

A component exports spindle:kafka/handler@1.0.0 and gets each partition's records in order, in batches. An offset is
committed only after its handler returned. What a handler calls unavailable is waited for; a record that it asks to retry
in vain, that it rejects, or that ends it, goes to the dead-letter topic, and its partition goes on."#;

/// Calls components of a Spin application with records from Kafka.
///
/// `spin up` starts this plugin for every application that has a [[trigger.kafka]]. To run it without Spin, set
/// SPIN_LOCKED_URL to a spin.toml.
#[derive(Debug, Parser)]
#[command(name = "trigger-kafka", version, after_help = EXAMPLE)]
pub struct Args {
    /// The application: a file:// URL or a path of a locked application or a spin.toml; `spin up` sets it
    #[arg(long, hide = true, env = "SPIN_LOCKED_URL", default_value = "spin.toml")]
    pub locked_url: String,

    /// The application's folder if it is a local one, empty for the current one; `spin up` sets it
    #[arg(long, hide = true, env = "SPIN_LOCAL_APP_DIR", value_parser = path())]
    pub local_app_dir: Option<PathBuf>,

    /// Set a variable of the application; can be repeated
    #[arg(long, value_name = "KEY=VALUE | KEY=@FILE | @FILE.json | @FILE.toml")]
    pub variable: Vec<String>,

    /// Where variables come from before the environment: [[variables_provider]] of type static or env
    #[arg(long, value_name = "FILE", env = "RUNTIME_CONFIG_FILE")]
    pub runtime_config_file: Option<PathBuf>,

    /// Where to keep what components write, as <component>_stdout.txt and <component>_stderr.txt; empty: nowhere;
    /// default: logs in --state-dir
    #[arg(short = 'L', long, value_name = "DIRECTORY", env = "SPIN_LOG_DIR", value_parser = path())]
    pub log_dir: Option<PathBuf>,

    /// Empty these files at the start
    #[arg(long)]
    pub truncate_logs: bool,

    /// Log what this component writes, and what others write only to their files; can be repeated
    #[arg(long, value_name = "COMPONENT")]
    pub follow: Vec<String>,

    /// Log nothing that components write, only keep it in their files
    #[arg(short, long, aliases = ["sh", "shush"], conflicts_with = "follow")]
    pub quiet: bool,

    /// Where to keep compiled components and logs; empty: nowhere; default: .spin in a local application's folder
    #[arg(long, value_name = "DIRECTORY", value_parser = path())]
    pub state_dir: Option<PathBuf>,

    /// Keep no compiled components
    #[arg(long, env = "DISABLE_WASMTIME_CACHE", value_parser = FalseyValueParser::new())]
    pub disable_cache: bool,

    /// Where to serve /metrics (Prometheus), /livez and /readyz, such as 127.0.0.1:9464; default: nowhere
    #[arg(long, value_name = "ADDRESS", env = "SPIN_KAFKA_METRICS_LISTEN")]
    pub metrics_listen: Option<std::net::SocketAddr>,

    /// The most memory that a call of a component may use, in bytes
    #[arg(long, value_name = "BYTES", env = "SPIN_MAX_INSTANCE_MEMORY")]
    pub max_instance_memory: Option<usize>,

    #[command(flatten)]
    pub tolerated: Tolerated,

    #[arg(long, hide = true)]
    pub help_args_only: bool,

    #[arg(long, hide = true)]
    pub launch_metadata_only: bool,
}

/// Flags that every trigger gets and that mean nothing here.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Accepted for `spin up`, without effect")]
pub struct Tolerated {
    /// Components are kept by --state-dir
    #[arg(long, value_name = "FILE", env = "WASMTIME_CACHE_FILE")]
    cache: Option<PathBuf>,
    /// Instances are always pooled
    #[arg(long)]
    disable_pooling: bool,
    /// There is no debugger
    #[arg(long)]
    debug_info: bool,
    /// Files are read-only
    #[arg(long)]
    allow_transient_write: bool,
    /// There is no OpenTelemetry for guests
    #[arg(long)]
    experimental_wasi_otel: bool,
    /// There is no key-value store
    #[arg(long, value_name = "KEY=VALUE")]
    key_value: Vec<String>,
    /// There is no SQLite
    #[arg(long, value_name = "STATEMENT")]
    sqlite: Vec<String>,
    /// A Kafka trigger listens nowhere; `spin up` passes this to an application that has no other trigger
    #[arg(long, hide = true)]
    listen: Option<String>,
}

/// A path that may be empty.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// The options alone, as `spin up --help` shows them.
pub fn options() -> String {
    Args::command()
        .disable_help_flag(true)
        .disable_version_flag(true)
        .help_template("{options}")
        .render_long_help()
        .to_string()
}

/// Which flags of `spin up` are this trigger's.
pub fn launch_metadata() -> Value {
    let command = Args::command();
    let flags: Vec<Value> =
        command.get_arguments().filter(|flag| !flag.is_hide_set()).map(flag).collect();
    json!({ "all_flags": flags })
}

fn flag(flag: &clap::Arg) -> Value {
    let mut names = serde_json::Map::new();
    if let Some(short) = flag.get_short() {
        names.insert("short".into(), format!("-{short}").into());
    }
    if let Some(long) = flag.get_long() {
        names.insert("long".into(), format!("--{long}").into());
    }
    Value::Object(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_every_trigger_are_accepted() {
        Args::command().debug_assert();
        let flags = "trigger-kafka -L logs --truncate-logs --disable-cache --cache c --disable-pooling --debug-info \
            --follow a --follow b --runtime-config-file r --state-dir s --variable a=b --key-value a=b --sqlite s \
            --max-instance-memory 1 --allow-transient-write --listen 127.0.0.1:0";
        let args = Args::try_parse_from(flags.split_whitespace()).expect("every flag is known");
        assert!(args.disable_cache);
        assert_eq!(args.variable, ["a=b"]);
        assert_eq!(args.max_instance_memory, Some(1));
        assert_eq!(args.follow, ["a", "b"]);
        for quiet in ["-q", "--quiet", "--sh", "--shush"] {
            assert!(Args::try_parse_from(["trigger-kafka", quiet]).is_ok_and(|args| args.quiet));
        }
        assert!(Args::try_parse_from(["trigger-kafka", "-q", "--follow", "a"]).is_err());
    }

    #[test]
    fn launch_metadata_names_the_flags_that_are_not_hidden() {
        let metadata = launch_metadata();
        let flags = metadata["all_flags"].as_array().expect("a list");
        assert!(flags.contains(&json!({ "short": "-L", "long": "--log-dir" })), "{flags:?}");
        assert!(flags.contains(&json!({ "long": "--variable" })), "{flags:?}");
        assert!(!flags.contains(&json!({ "long": "--listen" })), "{flags:?}");
        assert!(!flags.contains(&json!({ "long": "--launch-metadata-only" })), "{flags:?}");
    }
}
