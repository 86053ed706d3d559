//! How long to wait before the next attempt.

use std::time::Duration;

/// Waits that double from `first` to `max`. Each is shortened by up to a half at random, so that partitions that failed
/// together don't come back together.
pub(crate) struct Backoff {
    next: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, max: Duration) -> Self {
        Self { next: first.min(max), max }
    }

    /// The wait before the next attempt.
    pub(crate) fn next(&mut self) -> Duration {
        let full = self.next;
        self.next = full.saturating_mul(2).min(self.max);
        full - (full / 2).mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(1));
        for full in [200, 400, 800, 1000, 1000] {
            let wait = backoff.next();
            assert!(wait <= Duration::from_millis(full), "{wait:?} is over {full} ms");
            assert!(wait >= Duration::from_millis(full / 2), "{wait:?} is under half of {full} ms");
        }
    }

    #[test]
    fn the_longest_wait_is_never_exceeded() {
        let mut backoff = Backoff::new(Duration::from_secs(9), Duration::from_secs(2));
        assert!(backoff.next() <= Duration::from_secs(2));
        let mut backoff = Backoff::new(Duration::MAX, Duration::MAX);
        backoff.next();
        assert!(backoff.next() <= Duration::MAX);
    }
}
