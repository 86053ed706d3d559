//! `spindle migrate`: brings the schema to the version that the components expect.

use anyhow::{Context as _, Result};
use tokio_postgres::Client;
use tracing::info;

use crate::database::Database;

mod embedded {
    refinery::embed_migrations!("../../sql/migrations");
}

/// Two of us must not migrate at once; any number that others don't use will do.
const MIGRATION_LOCK: i64 = 0x5370_696e_646c_6501;

/// Bring the database's schema to this version.
///
/// Each file of sql/migrations runs once, in its own transaction, in order of its number.
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
}

pub async fn run(options: Options) -> Result<()> {
    let database = Database::parse(&options.database_url)?;
    let mut client = database.connect().await?;
    let applied = apply(&mut client).await?;
    if options.demo_user {
        ensure_demo_user(&client).await?;
    }
    println!("{database}: {applied} migrations applied; the schema is up to date");
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
    client
        .execute("select pg_advisory_unlock($1)", &[&MIGRATION_LOCK])
        .await
        .context("can't unlock the schema")?;
    for migration in applied.applied_migrations() {
        info!(migration = %migration, "applied");
    }
    Ok(applied.applied_migrations().len())
}

/// Inserts the user of local mode unless it is there.
pub async fn ensure_demo_user(client: &Client) -> Result<()> {
    client
        .execute(store::system::USER_INSERT_DEMO, &[&domain::User::DEMO.id])
        .await
        .context("can't create the demo user")?;
    Ok(())
}
