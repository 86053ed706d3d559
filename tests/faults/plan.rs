//! Which faults strike when: a pure function of the seed, so that a failure can be repeated.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use fastrand::Rng;

/// After how long a silent member of the group is given up: Kafka's own least.
pub const SESSION: Duration = Duration::from_secs(6);

/// One round in this many has two faults.
const TWO_AT_ONCE: u32 = 4;
/// How long after its begin a round's first fault strikes, in milliseconds: batches and commits are
/// to be caught at any point.
const BEGIN: RangeInclusive<u64> = 0..=1500;
/// How long after the first fault the second one strikes.
const APART: RangeInclusive<u64> = 0..=3000;

/// What can be hit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// The Kafka trigger.
    Trigger,
    /// `spindle up --no-triggers`: the relay, and the keeper of the two below.
    Relay,
    Broker,
    Postgres,
    /// A second Kafka trigger of the same group.
    Second,
}

/// A kind of fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    KillTrigger,
    KillRelay,
    KillBroker,
    KillPostgres,
    /// One process of Postgres, whereupon it ends all others and recovers.
    KillBackend,
    PauseTrigger,
    PauseRelay,
    PauseBroker,
    /// A second member joins, and leaves as it should.
    JoinLeave,
    /// A second member joins, and is killed.
    JoinKill,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::KillTrigger,
        Self::KillRelay,
        Self::KillBroker,
        Self::KillPostgres,
        Self::KillBackend,
        Self::PauseTrigger,
        Self::PauseRelay,
        Self::PauseBroker,
        Self::JoinLeave,
        Self::JoinKill,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::KillTrigger => "kill-trigger",
            Self::KillRelay => "kill-relay",
            Self::KillBroker => "kill-broker",
            Self::KillPostgres => "kill-postgres",
            Self::KillBackend => "kill-backend",
            Self::PauseTrigger => "pause-trigger",
            Self::PauseRelay => "pause-relay",
            Self::PauseBroker => "pause-broker",
            Self::JoinLeave => "join-leave",
            Self::JoinKill => "join-kill",
        }
    }

    fn target(self) -> Target {
        match self {
            Self::KillTrigger | Self::PauseTrigger => Target::Trigger,
            Self::KillRelay | Self::PauseRelay => Target::Relay,
            Self::KillBroker | Self::PauseBroker => Target::Broker,
            Self::KillPostgres | Self::KillBackend => Target::Postgres,
            Self::JoinLeave | Self::JoinKill => Target::Second,
        }
    }

    /// How long it may last until it is undone, in milliseconds: the process is started again,
    /// continued, or told to leave. Postgres and the broker are started again by `spindle up`.
    fn lasts(self) -> RangeInclusive<u64> {
        let session = SESSION.as_secs() * 1000;
        match self {
            Self::KillTrigger | Self::KillRelay => 0..=1500,
            Self::KillBroker | Self::KillPostgres | Self::KillBackend => 0..=0,
            Self::PauseTrigger => session + 500..=session + 4000,
            // The relay's lease holds for 5 s.
            Self::PauseRelay => 500..=8000,
            Self::PauseBroker => 500..=6000,
            Self::JoinLeave | Self::JoinKill => 2000..=6000,
        }
    }
}

/// A fault of a round.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    pub kind: Kind,
    /// When it strikes, from the round's begin.
    pub at: Duration,
    pub lasts: Duration,
    /// Chooses where there are several to choose from.
    pub pick: u64,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.lasts.is_zero() { Ok(()) } else { write!(f, ":{:.1}s", self.lasts.as_secs_f64()) }
    }
}

/// What is done to a process.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Step {
    Start(Target),
    Kill(Target),
    Pause(Target),
    Continue(Target),
    Leave(Target),
    /// Of all processes that serve Postgres' clients, the one that this number chooses.
    KillBackend(u64),
}

impl Fault {
    /// Its steps, and when they are due.
    fn steps(&self) -> Vec<(Duration, Step)> {
        let (target, begin, end) = (self.kind.target(), self.at, self.at + self.lasts);
        match self.kind {
            Kind::KillTrigger | Kind::KillRelay => {
                vec![(begin, Step::Kill(target)), (end, Step::Start(target))]
            }
            Kind::KillBroker | Kind::KillPostgres => vec![(begin, Step::Kill(target))],
            Kind::KillBackend => vec![(begin, Step::KillBackend(self.pick))],
            Kind::PauseTrigger | Kind::PauseRelay | Kind::PauseBroker => {
                vec![(begin, Step::Pause(target)), (end, Step::Continue(target))]
            }
            Kind::JoinLeave => vec![(begin, Step::Start(target)), (end, Step::Leave(target))],
            Kind::JoinKill => vec![(begin, Step::Start(target)), (end, Step::Kill(target))],
        }
    }
}

/// One or two faults at once.
#[derive(Clone, PartialEq, Debug)]
pub struct Round(pub Vec<Fault>);

impl Round {
    /// What to do, in the order in which it is due.
    pub fn steps(&self) -> Vec<(Duration, Step)> {
        let mut steps: Vec<_> = self.0.iter().flat_map(Fault::steps).collect();
        steps.sort_by_key(|(due, _)| *due);
        steps
    }

    /// How long it takes until its last step.
    pub fn lasts(&self) -> Duration {
        self.steps().last().map_or(Duration::ZERO, |(due, _)| *due)
    }

    /// Under which name it is summed up.
    pub fn name(&self) -> &'static str {
        match self.0.as_slice() {
            [only] => only.kind.name(),
            _ => "two-at-once",
        }
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join("+"))
    }
}

/// Rounds without end. The kinds are dealt like cards: none comes again before all others have come.
pub fn rounds(seed: u64) -> impl Iterator<Item = Round> {
    let mut rng = Rng::with_seed(seed);
    let mut deck = Vec::new();
    std::iter::repeat_with(move || {
        if deck.is_empty() {
            deck = Kind::ALL.to_vec();
            rng.shuffle(&mut deck);
        }
        let kind = deck.pop().unwrap_or(Kind::KillTrigger);
        let first = fault(&mut rng, kind, Duration::ZERO, BEGIN);
        let (two, start) = (rng.u32(0..TWO_AT_ONCE) == 0, first.at);
        let mut faults = vec![first];
        if two {
            let others: Vec<Kind> =
                Kind::ALL.into_iter().filter(|other| other.target() != kind.target()).collect();
            faults.extend(rng.choice(others).map(|other| fault(&mut rng, other, start, APART)));
        }
        Round(faults)
    })
}

fn fault(rng: &mut Rng, kind: Kind, after: Duration, within: RangeInclusive<u64>) -> Fault {
    let at = after + Duration::from_millis(rng.u64(within));
    Fault { kind, at, lasts: Duration::from_millis(rng.u64(kind.lasts())), pick: rng.u64(..) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(seed: u64, count: usize) -> Vec<Round> {
        rounds(seed).take(count).collect()
    }

    #[test]
    fn a_seed_gives_the_same_rounds_again_and_another_gives_others() {
        assert_eq!(take(7, 100), take(7, 100));
        assert_eq!(take(7, 100)[..10], take(7, 10)[..]);
        assert_ne!(take(7, 100), take(8, 100));
    }

    #[test]
    fn every_kind_comes_in_every_ten_rounds() {
        for deck in take(7, 100).chunks(10) {
            for kind in Kind::ALL {
                let firsts = deck.iter().filter(|round| round.0[0].kind == kind);
                assert_eq!(firsts.count(), 1, "{kind:?}");
            }
        }
    }

    #[test]
    fn two_at_once_hit_different_processes_and_are_neither_rare_nor_the_rule() {
        let rounds = take(7, 1000);
        let twos: Vec<&Round> = rounds.iter().filter(|round| round.0.len() == 2).collect();
        assert!((150..350).contains(&twos.len()), "{}", twos.len());
        for round in twos {
            assert_ne!(round.0[0].kind.target(), round.0[1].kind.target(), "{round}");
        }
    }

    #[test]
    fn what_is_killed_is_started_again_and_what_is_paused_goes_on() {
        for round in take(7, 200) {
            let steps = round.steps();
            assert!(steps.is_sorted_by_key(|(due, _)| *due));
            for (index, (_, step)) in steps.iter().enumerate() {
                let after = &steps[index..];
                let follows = |what| after.iter().any(|(_, step)| *step == what);
                match *step {
                    Step::Kill(target @ (Target::Trigger | Target::Relay)) => {
                        assert!(follows(Step::Start(target)), "{round}");
                    }
                    Step::Pause(target) => assert!(follows(Step::Continue(target)), "{round}"),
                    Step::Start(Target::Second) => assert!(
                        follows(Step::Leave(Target::Second)) || follows(Step::Kill(Target::Second)),
                        "{round}"
                    ),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_paused_trigger_is_silent_for_longer_than_its_session() {
        let paused = take(7, 500).into_iter().flat_map(|round| round.0);
        for fault in paused.filter(|fault| fault.kind == Kind::PauseTrigger) {
            assert!(fault.lasts > SESSION, "{fault}");
        }
    }
}
