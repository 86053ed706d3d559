//! What runs inside a process beside each other: HTTP trigger, relay, Kafka trigger.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

/// How long a part may take to end in all; what it has not done then, the next start does.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long all of them may take in a pod: Kubernetes kills it after 30 s if nothing else is said, and in a SpinApp nothing
/// else can be said.
const POD_PATIENCE: Duration = Duration::from_secs(25);

/// How parts are stopped.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    /// Part after part, each drained before the next is told: a later one serves an earlier one.
    InTurn,
    /// All at once, in the time that a pod has.
    AtOnce,
}

/// What runs inside this process, in the order in which it is stopped.
#[derive(Default)]
pub struct Parts(Vec<(&'static str, CancellationToken, JoinHandle<Result<()>>)>);

impl Parts {
    /// Starts a part, which ends once its token is cancelled.
    pub fn start<F: Future<Output = Result<()>> + Send + 'static>(
        &mut self,
        name: &'static str,
        part: impl FnOnce(CancellationToken) -> F,
    ) {
        let stop = CancellationToken::new();
        let task = tokio::spawn(part(stop.clone()));
        self.0.push((name, stop, task));
    }

    /// Waits until we are told to stop, or a part ends of itself; then stops them all.
    pub async fn run_until(mut self, stop: &CancellationToken, ending: Ending) -> Result<()> {
        let outcome = tokio::select! {
            () = stop.cancelled() => Ok(()),
            outcome = self.first_end() => outcome,
        };
        info!("stopping");
        self.stop(ending).await;
        outcome
    }

    /// Returns when a part ends of itself, which none should.
    async fn first_end(&mut self) -> Result<()> {
        let ends =
            self.0.iter_mut().map(|(name, _, task)| Box::pin(async move { (*name, task.await) }));
        let ((name, outcome), index, _) = futures::future::select_all(ends).await;
        self.0.remove(index);
        outcome
            .with_context(|| format!("the {name} crashed"))?
            .with_context(|| format!("the {name}"))?;
        bail!("the {name} ended")
    }

    async fn stop(self, ending: Ending) {
        let pod = Instant::now() + POD_PATIENCE;
        if matches!(ending, Ending::AtOnce) {
            self.0.iter().for_each(|(_, stop, _)| stop.cancel());
        }
        for (name, stop, mut task) in self.0 {
            stop.cancel();
            let deadline = match ending {
                Ending::InTurn => Instant::now() + PATIENCE,
                Ending::AtOnce => pod,
            };
            let Ok(ended) = tokio::time::timeout_at(deadline, &mut task).await else {
                warn!("the {name} does not end, and is abandoned");
                task.abort();
                continue;
            };
            match ended {
                Ok(Ok(())) => debug!("{name} drained"),
                Ok(Err(error)) => error!(error = format!("{error:#}"), "the {name} did not drain"),
                Err(error) => error!(%error, "the {name} crashed"),
            }
        }
    }
}
