//! `spindle migrate`: brings the schema to the version that the components expect.

use anyhow::{Context as _, Result, bail};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tracing::info;

use crate::database::Database;

mod embedded {
    refinery::embed_migrations!("../../sql/migrations");
}

/// Two of us must not migrate at once; any number that others don't use will do.
const MIGRATION_LOCK: i64 = 0x5370_696e_646c_6501;

/// The role that components connect as, or a role that is a member of it: it owns nothing.
pub const APP_ROLE: &str = "spindle_app";

/// Bring the database's schema to this version.
///
/// Each file of sql/migrations runs once, in its own transaction, in order of its number. Then the role spindle_app is
/// made, if it isn't there and this user may make roles, and may do what components need. Let them connect as a role of
/// their own: create role components login password '…' in role spindle_app.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  DATABASE_URL=postgres://me:secret@127.0.0.1:5432/todo?sslmode=disable spindle migrate"
)]
pub struct Options {
    /// Where the tables are.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,

    /// Also make sure that the user of local mode exists.
    #[arg(long)]
    demo_user: bool,

    /// Change nothing: fail if the schema is older than this version, as components would not be ready.
    #[arg(long, conflicts_with = "demo_user")]
    check: bool,
}

pub async fn run(options: Options) -> Result<()> {
    let database = Database::parse(&options.database_url)?;
    let mut client = database.connect().await?;
    if options.check {
        return check(&client, &database).await;
    }
    let applied = apply(&mut client).await?;
    if options.demo_user {
        ensure_demo_user(&client).await?;
    }
    println!("{database}: {applied} migrations applied; the schema is up to date");
    Ok(())
}

/// Says which version the schema has. A later one is fine: what we read stays until nobody reads it (expand, then contract).
async fn check(client: &Client, database: &Database) -> Result<()> {
    let known = embedded::migrations::runner();
    let wanted = known.get_migrations().iter().map(refinery::Migration::version).max();
    let wanted = wanted.unwrap_or_default();
    let applied = "select coalesce(max(version), 0)::bigint from refinery_schema_history";
    let version = match client.query_one(applied, &[]).await {
        Ok(row) => row.get(0),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => 0_i64,
        Err(error) => return Err(error).context("can't look at the schema"),
    };
    if version < i64::from(wanted) {
        bail!(
            "{database}: the schema has version {version} and is to have {wanted}; run spindle migrate"
        );
    }
    println!("{database}: the schema has version {version}");
    Ok(())
}

/// Applies what is missing and says how many migrations that were.
///
/// # Errors
/// If a migration fails (its own transaction is rolled back, those before it stay), or the
/// database has one that this program doesn't know: it is then newer than we are.
pub async fn apply(client: &mut Client) -> Result<usize> {
    client
        .execute("select pg_advisory_lock($1)", &[&MIGRATION_LOCK])
        .await
        .context("can't lock the schema")?;
    let report = embedded::migrations::runner()
        .set_abort_missing(true)
        .set_abort_divergent(true)
        .run_async(client)
        .await
        .context("can't migrate the schema");
    // After a failure the lock ends with the session.
    let applied = report?;
    grant(client).await?;
    client
        .execute("select pg_advisory_unlock($1)", &[&MIGRATION_LOCK])
        .await
        .context("can't unlock the schema")?;
    for migration in applied.applied_migrations() {
        info!(migration = %migration, "applied");
    }
    Ok(applied.applied_migrations().len())
}

/// Lets the components' role do what they need, and nothing else.
///
/// Where we may not make roles and nobody has made it, components connect as whoever they are given.
async fn grant(client: &Client) -> Result<()> {
    let known = client
        .query_opt("select from pg_roles where rolname = $1", &[&APP_ROLE])
        .await
        .context("can't list the roles")?;
    if known.is_none() {
        match client.batch_execute(&format!("create role {APP_ROLE}")).await {
            Ok(()) => info!(role = APP_ROLE, "created"),
            // Roles belong to all databases of a server, and another's migration was faster.
            Err(error) if error.code() == Some(&SqlState::DUPLICATE_OBJECT) => {}
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                info!(role = APP_ROLE, "not there, and this user may not make it");
                return Ok(());
            }
            Err(error) => return Err(error).context("can't make the components' role"),
        }
    }
    client.batch_execute(store::GRANTS).await.context("can't grant what components need")
}

/// Lets components log in as their role, with a password of letters and digits.
pub async fn let_components_in(client: &Client, password: &str) -> Result<()> {
    if password.is_empty() || !password.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        bail!("the password of {APP_ROLE} is not of letters and digits");
    }
    // `alter role` takes no parameters.
    client
        .batch_execute(&format!("alter role {APP_ROLE} login password '{password}'"))
        .await
        .context("can't let the components' role log in")
}

/// Inserts the user of local mode unless it is there.
pub async fn ensure_demo_user(client: &Client) -> Result<()> {
    client
        .execute(store::system::USER_INSERT_DEMO, &[&domain::User::DEMO.id])
        .await
        .context("can't create the demo user")?;
    Ok(())
}
