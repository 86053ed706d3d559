//! `spindle migrate`: brings the schema to the version that the components expect.

use anyhow::{Context as _, Result, bail};
use refinery::Migration;
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
///
/// A schema that a later version has migrated further is left as it is.
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

    /// Fail if nobody has made the role spindle_app and this user may not: components would be let in to nothing.
    #[arg(long)]
    require_role: bool,

    /// Change nothing: fail if the schema is older than this version, as components would not be ready.
    #[arg(long, conflicts_with_all = ["demo_user", "require_role"])]
    check: bool,
}

pub async fn run(options: Options) -> Result<()> {
    let database = Database::parse(&options.database_url)?;
    let mut client = database.connect().await?;
    if options.check {
        return check(&client, &database).await;
    }
    let outcome = apply(&mut client).await?;
    if options.demo_user {
        ensure_demo_user(&client).await?;
    }
    match outcome {
        Outcome::Migrated { role: false, .. } if options.require_role => {
            bail!("there is no role {APP_ROLE}, and this user may not make it")
        }
        Outcome::Migrated { applied, .. } => {
            println!("{database}: {applied} migrations applied; the schema is up to date");
        }
        Outcome::Newer => println!("{database}: the schema is of a later version, and stays"),
    }
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

/// What became of the schema.
pub enum Outcome {
    /// So many migrations were missing; and whether there is a role for components, which may do what they need.
    Migrated { applied: usize, role: bool },
    /// A later version has migrated it. It has granted, too, and our grants may be less.
    Newer,
}

/// Applies what is missing.
///
/// # Errors
/// If a migration fails (its own transaction is rolled back, those before it stay), or the database has others than this
/// program, but for later ones.
pub async fn apply(client: &mut Client) -> Result<Outcome> {
    client
        .execute("select pg_advisory_lock($1)", &[&MIGRATION_LOCK])
        .await
        .context("can't lock the schema")?;
    // After a failure the lock ends with the session.
    let outcome = apply_locked(client).await?;
    client
        .execute("select pg_advisory_unlock($1)", &[&MIGRATION_LOCK])
        .await
        .context("can't unlock the schema")?;
    Ok(outcome)
}

async fn apply_locked(client: &mut Client) -> Result<Outcome> {
    let known = embedded::migrations::runner();
    if is_newer(&applied(client).await?, known.get_migrations()) {
        return Ok(Outcome::Newer);
    }
    let report = known
        .set_abort_missing(true)
        .set_abort_divergent(true)
        .run_async(client)
        .await
        .context("can't migrate the schema")?;
    for migration in report.applied_migrations() {
        info!(migration = %migration, "applied");
    }
    let role = grant(client).await?;
    Ok(Outcome::Migrated { applied: report.applied_migrations().len(), role })
}

/// What the database has, in order.
async fn applied(client: &mut Client) -> Result<Vec<Migration>> {
    let history = "select from pg_tables where tablename = 'refinery_schema_history'";
    if client.query_opt(history, &[]).await.context("can't look at the schema")?.is_none() {
        return Ok(Vec::new());
    }
    let known = embedded::migrations::runner();
    known.get_applied_migrations_async(client).await.context("can't read what was migrated")
}

/// Whether the database has all that we know, as we know it, and then more.
fn is_newer(applied: &[Migration], known: &[Migration]) -> bool {
    let (ours, others): (Vec<_>, Vec<_>) =
        applied.iter().partition(|one| known.iter().any(|it| it.version() == one.version()));
    let last = known.iter().map(Migration::version).max();
    !others.is_empty()
        && others.iter().all(|one| Some(one.version()) > last)
        && known.iter().all(|one| ours.contains(&one))
}

/// Lets the components' role do what they need, and nothing else.
///
/// Where we may not make roles and nobody has made it, components connect as whoever they are given, and it says false.
async fn grant(client: &Client) -> Result<bool> {
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
                return Ok(false);
            }
            Err(error) => return Err(error).context("can't make the components' role"),
        }
    }
    client.batch_execute(store::GRANTS).await.context("can't grant what components need")?;
    Ok(true)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn migrations(names: &[&str]) -> Vec<Migration> {
        names.iter().map(|name| Migration::unapplied(name, name).unwrap()).collect()
    }

    #[test]
    fn newer_is_a_schema_that_has_ours_and_then_more() {
        let known = migrations(&["V1__a", "V2__b"]);
        let is_newer = |applied: &[&str]| is_newer(&migrations(applied), &known);
        assert!(is_newer(&["V1__a", "V2__b", "V3__c"]));
        for other in [
            &[][..],
            &["V1__a"],
            &["V1__a", "V2__b"],
            // One of ours is missing, or is another's.
            &["V1__a", "V3__c"],
            &["V1__a", "V2__x", "V3__c"],
            // One that isn't ours, from between.
            &["V0__o", "V1__a", "V2__b"],
            &["V0__o", "V1__a", "V2__b", "V3__c"],
        ] {
            assert!(!is_newer(other), "{other:?}");
        }
    }
}
