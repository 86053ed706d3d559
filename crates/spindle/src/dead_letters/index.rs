//! Which dead letters a command is about: a first reading, which keeps offsets alone.
//!
//! The note that a letter was sent again comes after it, in the same partition. So what waits is known at the end of the
//! topic, and letters are read a second time for what is done with them: however many there are, few are in memory.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::cluster::Cluster;
use super::filter::Filter;
use super::id::{Id, Target};
use super::progress::Progress;
use super::record::Record;
use super::scan::{Scan, Span};
use super::table::Widths;

/// What is looked for.
pub struct Wanted<'a> {
    /// None: all dead letters of the cluster.
    pub targets: &'a [Target],
    pub filter: &'a Filter,
    /// Also those that were sent again.
    pub replayed: bool,
}

/// What was found, by partition.
#[derive(Default)]
pub struct Index {
    pub parts: Vec<Part>,
    /// What was asked for and is not there.
    pub missing: Vec<Id>,
    /// How many were left out because they were sent again.
    pub replayed: usize,
    pub widths: Widths,
}

/// What was found in a partition.
pub struct Part {
    span: Span,
    /// By their offsets, and when they were sent again.
    found: BTreeMap<i64, Option<DateTime<Utc>>>,
}

impl Index {
    pub async fn read(cluster: &Cluster, wanted: &Wanted<'_>) -> Result<Self> {
        let mut spans = Vec::new();
        for (topic, ids) in by_topic(cluster, wanted.targets) {
            spans.extend(cluster.spans(&topic).await?.into_iter().map(|span| (span, ids.clone())));
        }
        let mut index = Self::default();
        let total = spans.iter().map(|(span, _)| span.len()).sum();
        let (mut progress, mut before) = (Progress::new("records read", total), 0);
        for (mut span, ids) in spans {
            let end = before + span.len();
            let offsets = ids.as_ref().map(|ids| {
                let here = ids.iter().filter(|id| id.partition == span.partition);
                here.map(|id| id.offset).collect::<BTreeSet<_>>()
            });
            if let Some(offsets) = &offsets {
                // What tells of them comes after them.
                span.from = offsets.first().copied().unwrap_or(span.to).max(span.from);
            }
            let mut found = BTreeMap::new();
            let mut scan = Scan::new(&cluster.consumer, &span)?;
            while let Some(message) = scan.next().await? {
                index.learn(&mut found, &Record::of(&message), offsets.as_ref(), wanted.filter);
                progress.at(before + scan.read());
            }
            before = end;
            index.close(span, found, offsets, wanted.replayed);
        }
        // Of partitions that the topic doesn't have.
        let known = |id: &Id| {
            cluster.topics.get(&id.topic).is_some_and(|count| {
                usize::try_from(id.partition).is_ok_and(|partition| partition < *count)
            })
        };
        let asked = wanted.targets.iter().filter_map(|target| match target {
            Target::Letter(id) => Some(id),
            Target::Topic(_) => None,
        });
        index.missing.extend(asked.filter(|id| !known(id)).cloned());
        Ok(index)
    }

    fn learn(
        &mut self,
        found: &mut BTreeMap<i64, Option<DateTime<Utc>>>,
        record: &Record,
        offsets: Option<&BTreeSet<i64>>,
        filter: &Filter,
    ) {
        if let Some(marked) = record.marks() {
            let here = (&marked.topic, marked.partition) == (&record.id.topic, record.id.partition);
            if let Some(replayed) = found.get_mut(&marked.offset).filter(|_| here) {
                *replayed = Some(record.written.unwrap_or_default());
            }
        } else if offsets.is_none_or(|some| some.contains(&record.id.offset))
            && filter.admits(record)
        {
            found.insert(record.id.offset, None);
            self.widths.fit(record);
        }
    }

    /// A partition was read to its end.
    fn close(
        &mut self,
        mut span: Span,
        mut found: BTreeMap<i64, Option<DateTime<Utc>>>,
        offsets: Option<BTreeSet<i64>>,
        replayed: bool,
    ) {
        let absent = offsets.into_iter().flatten().filter(|offset| !found.contains_key(offset));
        let (topic, partition) = (&span.topic, span.partition);
        self.missing.extend(absent.map(|offset| Id { topic: topic.clone(), partition, offset }));
        let all = found.len();
        found.retain(|_, sent| replayed || sent.is_none());
        self.replayed += all - found.len();
        if let (Some(first), Some(last)) = (found.keys().next(), found.keys().next_back()) {
            (span.from, span.to) = (*first, *last + 1);
            self.parts.push(Part { span, found });
        }
    }

    /// How many were found.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.found.len()).sum()
    }

    /// Their topics.
    pub fn topics(&self) -> BTreeSet<&str> {
        self.parts.iter().map(|part| part.span.topic.as_str()).collect()
    }
}

/// The topics to read, and of each the ids that are asked for; none are all.
fn by_topic(cluster: &Cluster, targets: &[Target]) -> BTreeMap<String, Option<BTreeSet<Id>>> {
    if targets.is_empty() {
        return cluster.dead_letter_topics().map(|topic| (topic.to_owned(), None)).collect();
    }
    let mut topics = BTreeMap::new();
    for target in targets {
        let ids = topics.entry(target.topic().to_owned()).or_insert_with(|| Some(BTreeSet::new()));
        match target {
            Target::Letter(id) => {
                if let Some(ids) = ids {
                    ids.insert(id.clone());
                }
            }
            Target::Topic(_) => *ids = None,
        }
    }
    topics
}

/// The letters that were found in a partition, with all that they have.
pub struct Letters<'a> {
    scan: Scan<'a>,
    found: &'a BTreeMap<i64, Option<DateTime<Utc>>>,
}

impl<'a> Letters<'a> {
    pub fn of(cluster: &'a Cluster, part: &'a Part) -> Result<Self> {
        Ok(Self { scan: Scan::new(&cluster.consumer, &part.span)?, found: &part.found })
    }

    /// The next one, and when it was sent again.
    pub async fn next(&mut self) -> Result<Option<(Record, Option<DateTime<Utc>>)>> {
        while let Some(message) = self.scan.next().await? {
            use rdkafka::message::Message as _;
            if let Some(replayed) = self.found.get(&message.offset()) {
                return Ok(Some((Record::of(&message), *replayed)));
            }
        }
        Ok(None)
    }
}
