//! `spindle token`: a personal access token, made by whoever may write to the database.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use domain::{Scope, Scopes, Time, User};
use identity::{Secret, SecretKind};
use uuid::Uuid;

use crate::database::Database;
use crate::running::Running;

/// Make a personal access token, and print it.
///
/// It is printed this once; what the database keeps lets nobody in. /auth/tokens lists and revokes them.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  spindle token --scope tasks:read --expires-in 30d
  curl -H \"Authorization: Bearer $(spindle token)\" http://127.0.0.1:3000/api/tasks")]
pub struct Options {
    /// Whom it acts for, by the e-mail address that they log in with. Default: the user of local mode.
    #[arg(long)]
    email: Option<String>,

    /// What it is called in the list of tokens.
    #[arg(long, default_value = "spindle token")]
    name: String,

    /// What it may do: tasks:read, tasks:write, chat, audit, admin; several with commas. Default: all but admin.
    #[arg(long = "scope", value_delimiter = ',', value_parser = scope)]
    scopes: Vec<Scope>,

    /// How long it is good, such as 12h or 30d. Default: until it is revoked.
    #[arg(long, value_name = "TIME")]
    expires_in: Option<humantime::Duration>,

    /// How many a user may have, this one among them; the application's variable of this name.
    #[arg(
        long,
        value_name = "COUNT",
        env = "SPIN_VARIABLE_TOKENS_PER_USER",
        default_value_t = 100
    )]
    tokens_per_user: u32,

    /// Where the tables are. Default: the database of the `spindle up` that runs on --data.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,

    /// The data folder of a running `spindle up`.
    #[arg(long, default_value = ".spindle", value_name = "FOLDER")]
    data: PathBuf,
}

fn scope(name: &str) -> Result<Scope> {
    Scope::parse(name).context("must be tasks:read, tasks:write, chat, audit or admin")
}

pub async fn run(options: Options) -> Result<()> {
    let database = match options.database_url.filter(|url| !url.is_empty()) {
        Some(url) => Database::parse(&url)?,
        None => {
            let instead = "a database with --database-url or DATABASE_URL";
            Database::parse(&Running::read(&options.data, instead)?.database_url)?
        }
    };
    let client = database.connect().await?;
    let user = match options.email {
        Some(email) => user(&client, &email).await?,
        None => User::DEMO,
    };
    let scopes = match options.scopes.as_slice() {
        [] => Scopes::of_person(false),
        scopes => scopes.iter().copied().collect(),
    };
    let now = Time::now();
    let expires_at = match options.expires_in {
        Some(time) => Some(later(now, *time).context("--expires-in ends after the year 9999")?),
        None => None,
    };
    let secret = Secret::new(SecretKind::AccessToken)?;
    let made: Option<String> = client
        .query_one(
            store::ACCESS_TOKEN_INSERT,
            &[
                &user.id,
                &Uuid::now_v7(),
                &options.name,
                &secret.hash(),
                &serde_json::to_string(&scopes)?,
                &expires_at.map(|time| time.to_string()),
                &i64::from(options.tokens_per_user),
                &now.to_string(),
                &Uuid::now_v7(),
                &Uuid::now_v7().to_string(),
                &"spindle-token",
            ],
        )
        .await
        .context("can't write the token")?
        .get(0);
    if made.is_none() {
        bail!("the user has {} tokens, as many as one may have", options.tokens_per_user);
    }
    println!("{}", secret.expose());
    Ok(())
}

async fn user(client: &tokio_postgres::Client, email: &str) -> Result<User> {
    let email = domain::normal_email(email);
    let found: Option<String> = client
        .query_one(store::system::USER_SELECT_BY_EMAIL, &[&email])
        .await
        .context("can't look for the user")?
        .get(0);
    let Some(found) = found else { bail!("nobody has registered with {email}") };
    let known: store::users::Known = serde_json::from_str(&found)?;
    Ok(User { id: known.id })
}

fn later(now: Time, by: std::time::Duration) -> Option<Time> {
    let by = i64::try_from(by.as_micros()).ok()?;
    Time::from_micros(now.as_micros().checked_add(by)?)
}
