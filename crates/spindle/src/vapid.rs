//! `spindle vapid`: a key for Web Push.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use identity::VapidKey;
use serde_json::json;

/// Make a key pair for push messages to browsers (VAPID), and print it as settings.
///
/// Browsers subscribe with the public key; with another pair, all have to subscribe anew. `spindle up` makes a pair of its
/// own at its first start.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  spindle vapid >> spindle.env
  env $(spindle vapid) SPIN_VARIABLE_VAPID_SUBJECT=mailto:me@example.com spindle up
  spindle vapid --json | jq -r .public_key")]
pub struct Options {
    /// Print {"private_key": …, "public_key": …}.
    #[arg(long)]
    json: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let private_key = VapidKey::generate()?;
    let public_key = VapidKey::parse(&private_key)?.public_key();
    let text = match options.json {
        true => json!({ "private_key": private_key, "public_key": public_key }).to_string(),
        false => {
            format!("SPIN_VARIABLE_VAPID_PRIVATE_KEY={private_key}\nVAPID_PUBLIC_KEY={public_key}")
        }
    };
    writeln!(std::io::stdout(), "{text}").context("can't write to standard output")
}
