//! `spindle dead-letters`: the records that consumers gave up, and sending them again.
//!
//! A consumer group's dead letters stand in a topic of its own, `<group>.dead-letter`, with headers that tell where they
//! came from and why they are there. Nothing here knows what the records mean.

mod cluster;
mod filter;
mod id;
mod index;
mod list;
mod progress;
mod record;
mod replay;
mod scan;
mod show;
mod table;
mod text;

use anyhow::{Result, bail};

use cluster::Access;
use id::Id;

/// Look at the records that consumers gave up, and send them again.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  spindle dead-letters list
  spindle dead-letters show audit-write.dead-letter/0/42
  spindle dead-letters replay audit-write.dead-letter/0/42 --yes
  KAFKA_BROKERS=kafka-0:9093 spindle dead-letters --properties-file kafka.properties list")]
pub struct Options {
    #[command(flatten)]
    access: Access,

    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    List(list::Options),
    Show(show::Options),
    Replay(replay::Options),
}

pub async fn run(options: Options) -> Result<()> {
    if let Command::Replay(replay) = &options.command {
        replay.check()?;
    }
    let cluster = options.access.cluster().await?;
    let outcome = match &options.command {
        Command::List(options) => list::run(&cluster, options).await,
        Command::Show(options) => show::run(&cluster, options).await,
        Command::Replay(options) => replay::run(&cluster, options).await,
    };
    match outcome {
        // A reader such as `head` has seen enough.
        Err(error) if is_closed_pipe(&error) => Ok(()),
        outcome => outcome,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

/// # Errors
/// If some that were asked for are not there.
fn all_there(missing: &[Id]) -> Result<()> {
    match missing {
        [] => Ok(()),
        [id] => bail!("there is no dead letter {id}"),
        ids => {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            bail!("there are no dead letters {}", ids.join(", "))
        }
    }
}
