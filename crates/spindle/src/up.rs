//! `spindle up`: the whole system on one machine, in one process and two children.

use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use spin_host::app::App;
use spin_host::http::{HttpOptions, HttpTrigger, LocalMode};
use spin_host::monitor::Monitor;
use spin_host::variables::{Provider, Variables};
use spin_host::{Host, HostOptions};
use spin_kafka_trigger::KafkaTrigger;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::broker::{self, Embedded};
use crate::database::Database;
use crate::hosted;
use crate::migrate;
use crate::notifications;
use crate::outbox::Outbox;
use crate::parts::{Ending, Parts};
use crate::postgres::{self, BROKER_DATABASE, Cluster};
use crate::process::{kept_secret, write_private};
use crate::relay::{self, Relay};
use crate::running::{self, Running};

/// How long open requests may take to finish once we are told to stop.
pub const DRAIN: Duration = Duration::from_secs(10);

/// Run everything: HTTP and Kafka triggers and the relay, with a private Postgres and Kafka broker.
///
/// Requests without credentials act as one demo user; that is why it listens on loopback only.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  spindle up
  spindle up --port 8080 --data /var/tmp/spindle
  DATABASE_URL=postgres://me:secret@127.0.0.1/todo?sslmode=disable KAFKA_BROKERS=127.0.0.1:9092 spindle up
  spindle up -f registry.example.com/spindle:1.0.0 --listen 0.0.0.0:80 --component-id audit-write

Environment:
  DATABASE_URL         a Postgres to use instead of a private one
  APP_DATABASE_URL     the same as components shall see it: as a role that is in spindle_app
  KAFKA_BROKERS        brokers to use instead of the embedded one
  KAFKA_PROPERTIES     how to talk to them: librdkafka's properties, one a line, such as security.protocol=SASL_SSL
  OLLAMA_URL           a language model for sentences that are hard to understand
  SPIN_VARIABLE_MAIL_URL, SPIN_VARIABLE_MAIL_KEY
                       a mail provider that speaks SendGrid's API; without, mail goes to a folder
  SPIN_VARIABLE_<NAME> any variable of the application
  RUST_LOG             which log lines to print, such as debug or spindle=debug")]
pub struct Options {
    /// Port to serve HTTP on; 0 takes a free one.
    #[arg(long, default_value_t = 3000)]
    port: u16,

    /// Address to serve HTTP on. Without --from, only a loopback address is accepted; with it, a port belongs to it
    #[arg(long, value_name = "ADDRESS[:PORT]", default_value = "127.0.0.1")]
    listen: Listen,

    /// Folder for what must survive: the database, compiled components, logs of the children.
    #[arg(long, default_value = ".spindle", env = "SPINDLE_DATA")]
    pub data: PathBuf,

    /// Folder for compiled components, which several may share; default: `compiled` in the data folder.
    #[arg(long, value_name = "FOLDER", env = "SPINDLE_COMPILED")]
    pub compiled: Option<PathBuf>,

    /// The application.
    #[arg(long, default_value = "spin.toml")]
    app: PathBuf,

    /// Where to serve what the relay and the triggers show of themselves: /metrics (Prometheus), /livez, /readyz; default:
    /// nowhere.
    #[arg(long, value_name = "ADDRESS", env = "SPINDLE_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,

    /// Start the servers and the relay alone, and leave the components to another host, such as
    /// `spin up`. Addresses are in run.json in the data folder.
    #[arg(long, conflicts_with = "from")]
    no_triggers: bool,

    #[command(flatten)]
    pub hosted: hosted::Options,
}

/// An address, with a port or without.
#[derive(Debug, Clone, Copy)]
pub struct Listen {
    ip: IpAddr,
    port: Option<u16>,
}

impl std::str::FromStr for Listen {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let with_port: Result<SocketAddr, _> = text.parse();
        match with_port {
            Ok(address) => Ok(Self { ip: address.ip(), port: Some(address.port()) }),
            Err(_) => Ok(Self { ip: text.parse()?, port: None }),
        }
    }
}

impl Options {
    /// Where to serve HTTP.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.listen.ip, self.listen.port.unwrap_or(self.port))
    }
}

pub async fn run(options: Options) -> Result<()> {
    let started = Instant::now();
    raise_open_files();
    if let Some(from) = &options.hosted.from {
        return hosted::run(from, &options).await;
    }
    let data = Data::open(&options.data)?;
    let app = App::from_manifest(&options.app)?;
    notifications::check(&Variables::new(&app.variables, &[Provider::environment(None)])?)?;
    // Before anything is started: a taken port is the likeliest thing to be wrong.
    let listener = listen(options.address(), "--port").await?;
    let stop = stop_signal()?;
    let mut children = Children::default();
    let serving = serve(&options, &data, app, listener, &mut children, started, stop.clone());
    let outcome = serving.await;
    children.stop().await;
    data.close();
    match outcome {
        // What goes wrong in the middle of a start because it was to stop is not wrong.
        Err(error) if stop.is_cancelled() => {
            debug!(error = format!("{error:#}"), "stopped while starting");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Starts everything, serves until it is told to stop, then drains.
async fn serve(
    options: &Options,
    data: &Data,
    app: App,
    listener: TcpListener,
    children: &mut Children,
    started: Instant,
    stop: CancellationToken,
) -> Result<()> {
    let url = format!("http://{}", listener.local_addr()?);
    let (database, postgres_pid) = children.postgres(data, &stop).await?;
    let password = match postgres_pid {
        Some(_) => Some(postgres::password(&data.folder.join("app.password"))?),
        None => None,
    };
    let migrating = async {
        let mut client = database.connect().await?;
        migrate::apply(&mut client).await?;
        if let Some(password) = &password {
            migrate::let_components_in(&client, password).await?;
        }
        migrate::ensure_demo_user(&client).await
    };
    let (migrated, broker) = tokio::join!(migrating, children.broker(data, &database));
    migrated?;
    let (brokers, broker_pid) = broker?;
    let app_database = match &password {
        Some(password) => database.as_role(migrate::APP_ROLE, password)?,
        None => environment("APP_DATABASE_URL")
            .map_or_else(|| Ok(database.clone()), |url| Database::parse(&url))?,
    };
    let jwt_keys =
        kept_secret(&data.folder.join("jwt.keys"), || Ok(identity::SigningKeys::generate()?))?;
    let outbox = match notifications::has_provider() {
        true => None,
        false => Some(Outbox::open(&data.folder).await?),
    };
    let mut notifications = notifications::mail(outbox.as_ref())?;
    notifications.extend(notifications::vapid(&data.folder)?);
    data.publish(&Running {
        pid: std::process::id(),
        url: url.clone(),
        database_url: database.url().to_owned(),
        app_database_url: app_database.url().to_owned(),
        kafka_brokers: brokers.clone(),
        mail_url: outbox.as_ref().map(|outbox| outbox.url.clone()),
        mail_key: outbox.as_ref().map(|outbox| outbox.key.clone()),
        postgres_pid,
        broker_pid,
    })?;

    let metrics = match options.metrics_listen {
        Some(address) => Some(listen(address, "--metrics-listen").await?),
        None => None,
    };
    let wake = Arc::new(Notify::new());
    let wakes = (!options.no_triggers).then(|| wake.clone());
    let mut monitor = Monitor::default();
    let properties = match broker_pid {
        Some(_) => String::new(),
        None => environment("KAFKA_PROPERTIES").unwrap_or_default(),
    };
    let kafka = relay::kafka::config(&brokers, &properties)?;
    let relay = Relay::new(database.clone(), kafka, wakes, &mut monitor);
    // In this order they are stopped: requests, then the relay, which publishes their events, then what consumes them.
    let mut parts = Parts::default();
    if options.no_triggers {
        parts.start("relay", |stop| relay.run(stop));
    } else {
        let secret = uuid::Uuid::new_v4().simple().to_string();
        let mut known = known(&app_database, &brokers, &secret, jwt_keys)?;
        known.push(("kafka_properties", properties));
        known.extend(notifications);
        if std::env::var_os("SPIN_VARIABLE_PUBLIC_URL").is_none() {
            known.push(("public_url", url.clone()));
        }
        let variables = Arc::new(variables(&app, known)?);
        let compiled = options.compiled.clone().unwrap_or_else(|| data.folder.join("compiled"));
        let host = load(&app, compiled, variables.clone()).await?;
        if stop.is_cancelled() {
            return Ok(());
        }
        let options = HttpOptions {
            local_mode: Some(LocalMode { secret }),
            on_write: Some(Arc::new(move || wake.notify_one())),
            drain: DRAIN,
        };
        let http = HttpTrigger::new(host.clone(), &app, options, &mut monitor)?;
        let properties = broker_pid.map_or(&[][..], |_| broker::CLIENT_PROPERTIES);
        let kafka = KafkaTrigger::new(host, &app, &variables, properties, &mut monitor)?;
        parts.start("HTTP trigger", |stop| async move { Ok(http.serve(listener, stop).await?) });
        parts.start("relay", |stop| relay.run(stop));
        parts.start("Kafka trigger", |stop| async move { Ok(kafka.run(stop).await?) });
    }
    if let Some(listener) = metrics {
        tokio::spawn(Arc::new(monitor).serve(listener, stop.clone()));
    }

    info!(seconds = seconds(started), data = %options.data.display(), "started");
    let mut said = String::new();
    // The last to end: what the Kafka trigger drains may send mail.
    if let Some(outbox) = outbox {
        let folder = options.data.join("outbox");
        said = format!(
            "Mail goes to {} (no mail_url is set); read it at {}\n",
            folder.display(),
            outbox.url
        );
        parts.start("outbox", |stop| outbox.serve(stop));
    }
    // A reader who is gone must not end us without stopping the servers.
    let _nobody_reads = writeln!(std::io::stdout(), "{said}Spindle is ready at {url}");

    parts.run_until(&stop, Ending::InTurn).await
}

/// What the components are told: what we know, then what the environment says.
fn variables(app: &App, known: notifications::Known) -> Result<Variables> {
    let known = known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let providers = [Provider::Static(known), Provider::environment(None)];
    Ok(Variables::new(&app.variables, &providers)?)
}

/// What we know.
fn known(
    database: &Database,
    brokers: &str,
    secret: &str,
    jwt_keys: String,
) -> Result<notifications::Known> {
    let (host, port) = database.address()?;
    let mut known = vec![
        ("database_url", database.url().to_owned()),
        ("database_host", host),
        ("database_port", port.to_string()),
        ("kafka_brokers", brokers.to_owned()),
        ("local_secret", secret.to_owned()),
    ];
    // Whoever brings keys of their own has them used instead of those that we made; an empty value turns log-ins off.
    if std::env::var_os("SPIN_VARIABLE_JWT_KEYS").is_none() {
        known.push(("jwt_keys", jwt_keys));
    }
    known.extend(ollama()?);
    Ok(known)
}

/// What `OLLAMA_URL` says: the address, and apart from it what components may connect to.
fn ollama() -> Result<Vec<(&'static str, String)>> {
    let Some(address) = ["OLLAMA_URL", "SPIN_VARIABLE_OLLAMA_URL"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    else {
        return Ok(Vec::new());
    };
    let wrong = "OLLAMA_URL is not an address such as http://127.0.0.1:11434";
    let (host, port) = notifications::address(&address).context(wrong)?;
    Ok(vec![("ollama_url", address), ("ollama_host", host), ("ollama_port", port)])
}

/// Compiles the components, or takes them from the folder where they are kept.
pub async fn load(app: &App, compiled: PathBuf, variables: Arc<Variables>) -> Result<Arc<Host>> {
    let started = Instant::now();
    let components = app.triggers.iter().map(|trigger| trigger.component.as_str());
    let options = HostOptions { cache_dir: Some(compiled), ..HostOptions::default() };
    let host = Host::load(app, components, variables, options).await?;
    info!(components = app.components.len(), seconds = seconds(started), "components loaded");
    Ok(host)
}

/// A token that Ctrl-C or SIGTERM cancels. A second one ends the process at once.
pub fn stop_signal() -> Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        let mut told = async || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        told().await;
        stopping.cancel();
        // timeout(1) signals its child, and then the child's group: two signals, one wish.
        let settled = tokio::time::Instant::now() + Duration::from_secs(1);
        while tokio::time::timeout_at(settled, told()).await.is_ok() {}
        told().await;
        eprintln!(
            "spindle: told to stop twice; ending without draining, the servers are left to the next start"
        );
        std::process::exit(130);
    });
    Ok(stop)
}

/// Lets us hold as many connections as the system allows; the usual default is 1,024.
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    if let Err(error) = raised {
        debug!(%error, "the limit of open files stays {:?}", limit.current);
    }
}

/// `option` is what chooses the port.
async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "{}: without log-ins Spindle serves this machine alone; use 127.0.0.1 or ::1",
            address.ip()
        );
    }
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("port {} is taken; choose another with {option}", address.port())
        }
        Err(error) => Err(error).with_context(|| format!("can't listen on {address}")),
    }
}

fn seconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
}

/// The data folder, ours alone while we run.
struct Data {
    folder: PathBuf,
    logs: PathBuf,
    _lock: fs::File,
}

impl Data {
    fn open(folder: &Path) -> Result<Self> {
        let broken = || format!("can't use the data folder {}", folder.display());
        let logs = folder.join("logs");
        fs::create_dir_all(&logs).with_context(broken)?;
        let folder = folder.canonicalize().with_context(broken)?;
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .with_context(broken)?;
        // The kernel drops the lock when the process ends, however it ends.
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => bail!(
                "another spindle uses {}; stop it, or choose another folder with --data",
                folder.display()
            ),
            Err(fs::TryLockError::Error(error)) => return Err(error).with_context(broken),
        }
        let logs = folder.join("logs");
        Ok(Self { folder, logs, _lock: lock })
    }

    fn publish(&self, running: &Running) -> Result<()> {
        write_private(&self.folder.join(running::FILE), &serde_json::to_vec_pretty(running)?)
    }

    fn close(self) {
        let _absent_already = fs::remove_file(self.folder.join(running::FILE));
    }
}

/// The processes beside us.
#[derive(Default)]
struct Children {
    postgres: Option<Child>,
    broker: Option<Child>,
}

/// A task that keeps a process running until it is told to stop.
struct Child {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Child {
    fn supervise<F: Future<Output = ()> + Send + 'static>(
        keep: impl FnOnce(CancellationToken) -> F,
    ) -> Self {
        let stop = CancellationToken::new();
        Self { task: tokio::spawn(keep(stop.clone())), stop }
    }

    async fn stop(self) {
        self.stop.cancel();
        let _it_logs_its_failures = self.task.await;
    }
}

impl Children {
    /// The database: `DATABASE_URL`, or a private cluster.
    async fn postgres(
        &mut self,
        data: &Data,
        stop: &CancellationToken,
    ) -> Result<(Database, Option<i32>)> {
        if let Some(url) = environment("DATABASE_URL") {
            return Ok((Database::parse(&url)?, None));
        }
        let started = Instant::now();
        let cluster = Cluster::start(&data.folder, &data.logs, stop).await?;
        info!(port = cluster.port(), seconds = seconds(started), "Postgres is ready");
        let database = Database::parse(&cluster.main_url())?;
        let pid = cluster.pid();
        self.postgres = Some(Child::supervise(|stop| cluster.supervise(stop)));
        Ok((database, Some(pid)))
    }

    /// The brokers: `KAFKA_BROKERS`, or the embedded one, which keeps its records in Postgres.
    async fn broker(&mut self, data: &Data, database: &Database) -> Result<(String, Option<i32>)> {
        if let Some(brokers) = environment("KAFKA_BROKERS") {
            return Ok((brokers, None));
        }
        let started = Instant::now();
        let storage = match self.postgres {
            Some(_) => swap_database(database.url(), BROKER_DATABASE)?,
            None => {
                let client = database.connect().await?;
                client
                    .batch_execute("create schema if not exists broker")
                    .await
                    .context("can't create the schema of the embedded broker")?;
                within_schema(database.url(), "broker")?
            }
        };
        let broker = Embedded::start(&data.folder, &data.logs, storage).await?;
        info!(address = broker.address(), seconds = seconds(started), "Kafka broker is ready");
        let found = (broker.address(), Some(broker.pid()));
        self.broker = Some(Child::supervise(|stop| broker.supervise(stop)));
        Ok(found)
    }

    /// Stops the broker, then Postgres, in which it keeps its records.
    async fn stop(self) {
        for (name, child) in [("broker", self.broker), ("Postgres", self.postgres)] {
            if let Some(child) = child {
                child.stop().await;
                debug!("{name} stopped");
            }
        }
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn swap_database(url: &str, database: &str) -> Result<String> {
    let mut url = url::Url::parse(url).context("the private cluster's address")?;
    url.set_path(database);
    Ok(url.into())
}

/// The same database with another schema in front, so that tables without one are found there.
fn within_schema(url: &str, schema: &str) -> Result<String> {
    let mut url = url::Url::parse(url).context(
        "the embedded broker needs DATABASE_URL as postgres://…; write it so, or set KAFKA_BROKERS",
    )?;
    let query = url.query().map_or(String::new(), |query| format!("{query}&"));
    // A plus is a plus here, not a space.
    url.set_query(Some(&format!("{query}options=-c%20search_path%3D{schema}")));
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_keeps_its_tables_out_of_the_users_schema() {
        let url = within_schema("postgres://me:a%20b@db/todo?sslmode=disable", "broker").unwrap();
        assert!(url.starts_with("postgres://me:a%20b@db/todo?sslmode=disable&"), "{url}");
        let config: tokio_postgres::Config = url.parse().unwrap();
        assert_eq!(config.get_options(), Some("-c search_path=broker"));
        assert!(within_schema("host=db user=me", "broker").is_err());
    }
}
