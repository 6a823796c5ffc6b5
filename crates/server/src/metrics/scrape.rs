//! What other modules count, read when the metrics are asked for.

use std::collections::HashMap;
use std::fmt;
use std::iter::zip;
use std::time::Duration;

use porchlight_store::requests::Health;
use porchlight_store::stats::{COMMIT_JOBS, Counts};
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::timeout;

use crate::app::App;

use super::PREFIX;

/// Time within which the store must tell its size. Prometheus waits for 10 s by default.
const WITHIN: Duration = Duration::from_secs(5);

/// All metrics, as text. The store's size and its damaged rows are left out if it can't be read.
pub async fn text(app: &App) -> Result<String, fmt::Error> {
    let health = timeout(WITHIN, app.store.health()).await;
    let mut registry = Registry::with_prefix(PREFIX);
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The version of the server", build);
    let connections_max = app.config().connections.total_max.unwrap_or(usize::MAX);
    registry.register(
        "connections_max",
        "Connections that may be open",
        ConstGauge::new(int(connections_max)),
    );
    register_store(&mut registry, &app.store.counts());
    if let Ok(Ok(health)) = health {
        register_health(&mut registry, health);
    }
    register_timer(&mut registry, app);
    let mut text = String::new();
    prometheus_text::encode(&mut text, &app.metrics.registry)?;
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

/// A number as a gauge.
fn int<N: TryInto<i64>>(number: N) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn register_store(registry: &mut Registry, counts: &Counts) {
    let commits: u64 = counts.commits.iter().sum();
    registry.register("commits", "Commits of the writer", ConstCounter::new(commits));
    registry.register(
        "commits_failed",
        "Commits that failed, on a full disk for instance",
        ConstCounter::new(counts.commits_failed),
    );
    registry.register(
        "commits_retried",
        "Transactions that were tried again, because the database had rolled them back for another one's sake",
        ConstCounter::new(counts.retries),
    );
    registry.register(
        "commit_jobs",
        "Jobs that shared a commit",
        CommitJobs { commits: counts.commits, jobs: counts.committed_jobs },
    );
    registry.register(
        "writer_queue_jobs",
        "Jobs that wait for the writer",
        ConstGauge::new(int(counts.queued)),
    );
    registry.register(
        "writer_queue_max_jobs",
        "Jobs that may wait for the writer",
        ConstGauge::new(int(counts.queued_max)),
    );
    registry.register(
        "jobs_refused",
        "Jobs that were refused, because the writer's queue was full",
        ConstCounter::new(counts.jobs_refused),
    );
    registry.register("reads", "Reads of the store", ConstCounter::new(counts.reads));
    registry.register(
        "reads_refused",
        "Reads that were refused, because too many were waiting",
        ConstCounter::new(counts.reads_refused),
    );
}

fn register_health(registry: &mut Registry, health: Health) {
    registry.register_with_unit(
        "store",
        "The size of the data file, or of the database",
        Unit::Bytes,
        ConstGauge::new(int(health.bytes)),
    );
    registry.register(
        "damaged_rows",
        "Damaged rows that were met since the start",
        ConstGauge::new(int(health.damaged_rows)),
    );
}

fn register_timer(registry: &mut Registry, app: &App) {
    let timer = &app.timer;
    registry.register("timer_rounds", "Rounds of the timer", ConstCounter::new(timer.rounds()));
    registry.register(
        "conversations_timed_out",
        "Conversations that the timer closed",
        ConstCounter::new(timer.closed()),
    );
    registry.register_with_unit(
        "timer_lag",
        "How long the most overdue conversation of the last closing was due",
        Unit::Seconds,
        ConstGauge::new(timer.lag().as_secs_f64()),
    );
}

/// The histogram of the jobs that shared a commit.
#[derive(Debug)]
struct CommitJobs {
    commits: [u64; COMMIT_JOBS.len()],
    jobs: u64,
}

impl EncodeMetric for CommitJobs {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let buckets: Vec<(f64, u64)> =
            zip(COMMIT_JOBS, self.commits).map(|(most, commits)| (most as f64, commits)).collect();
        let commits = self.commits.iter().sum();
        let none = None::<&HashMap<usize, Exemplar<NoLabelSet, f64>>>;
        encoder.encode_histogram(self.jobs as f64, commits, &buckets, none)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
