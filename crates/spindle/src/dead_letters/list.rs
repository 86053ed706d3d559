//! `spindle dead-letters list`.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write};

use anyhow::Result;

use super::cluster::Cluster;
use super::filter::Filter;
use super::id::Target;
use super::index::{Index, Letters, Wanted};
use super::table;

/// List the records that were given up.
///
/// A table on a terminal, JSON lines elsewhere. Those that were sent again are left out. An id can be handed to `show`
/// and `replay`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  spindle dead-letters list
  spindle dead-letters list audit-write.dead-letter --kind timeout --since 2h
  spindle dead-letters list --topic task-events | jq -r .reason | sort | uniq -c")]
pub struct Options {
    /// Dead-letter topics, or ids; default: all topics whose names end with `.dead-letter`.
    #[arg(value_name = "TOPIC")]
    targets: Vec<Target>,

    /// Also those that were sent again.
    #[arg(long)]
    replayed: bool,

    /// JSON lines on a terminal, too.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    filter: Filter,
}

pub async fn run(cluster: &Cluster, options: &Options) -> Result<()> {
    let Options { targets, filter, replayed, .. } = options;
    let wanted = Wanted { targets, filter, replayed: *replayed };
    let index = Index::read(cluster, &wanted).await?;
    let style = Style::new(options.json);
    let mut out = std::io::stdout().lock();
    if !style.json {
        writeln!(out, "{}", summary(&index))?;
    }
    print(cluster, &index, &style, &mut out).await?;
    super::all_there(&index.missing)
}

/// How many there are, in a sentence.
pub fn summary(index: &Index) -> String {
    let left_out = match index.replayed {
        0 => String::new(),
        count => format!(" {count} more were sent again (see list --replayed)."),
    };
    let topics = index.topics();
    let place = match topics.first() {
        None => return format!("No dead letters.{left_out}"),
        Some(topic) if topics.len() == 1 => (*topic).to_owned(),
        Some(_) => format!("{} topics", topics.len()),
    };
    format!("{} in {place}.{left_out}", counted(index.len()))
}

/// So many dead letters.
pub fn counted(count: usize) -> String {
    if count == 1 { "1 dead letter".to_owned() } else { format!("{count} dead letters") }
}

/// How to print letters.
pub struct Style {
    pub json: bool,
    columns: usize,
}

impl Style {
    pub fn new(json: bool) -> Self {
        let stdout = std::io::stdout();
        let size = rustix::termios::tcgetwinsize(&stdout).ok();
        let columns = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
        Self { json: json || !stdout.is_terminal(), columns: columns.unwrap_or(120) }
    }
}

/// Prints the letters of an index, partition by partition, in order. Returns the topics that they came from.
pub async fn print(
    cluster: &Cluster,
    index: &Index,
    style: &Style,
    out: &mut impl Write,
) -> Result<BTreeSet<String>> {
    let mut sources = BTreeSet::new();
    if !style.json && index.len() > 0 {
        writeln!(out, "{}", index.widths.header())?;
    }
    for part in &index.parts {
        let mut letters = Letters::of(cluster, part)?;
        while let Some((letter, replayed)) = letters.next().await? {
            if style.json {
                writeln!(out, "{}", table::json(&letter, replayed)?)?;
            } else {
                writeln!(out, "{}", index.widths.row(&letter, replayed, style.columns))?;
            }
            if let Some(topic) = letter.source_topic()
                && !sources.contains(&*topic)
            {
                sources.insert(topic.into_owned());
            }
        }
    }
    Ok(sources)
}
