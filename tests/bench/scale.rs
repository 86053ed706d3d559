//! One user's lists, filters and searches: alone among 10,000 tasks, and among a million.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Spindle, seed};

/// How many tasks each user has.
const OF_EACH: i32 = 1000;
/// How many users with so many tasks there are at first, and at last.
const USERS: (i32, i32) = (10, 1000);
/// How often each is asked for; the medians are compared.
const TIMES: usize = 100;

const LISTS: [(&str, &str); 6] = [
    ("list", "limit=50"),
    ("active ones", "status=active&limit=50"),
    ("active ones by due date", "status=active&sort=due&limit=50"),
    ("with a tag", "tag=urgent&limit=50"),
    ("filter", "filter=due%20<%20now%2B7d%20%26%20priority%20%3D%20high&limit=50"),
    ("search", "q=milk&limit=50"),
];

/// Two medians in milliseconds: of a request, and within Postgres of its statement; and how that was run.
struct Measured {
    request: f64,
    statement: f64,
    plan: String,
}

/// Measures and prints; the plans stand at the end.
pub async fn scale() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let database = spindle.database().await?;
    // What our components' statements cost is what Postgres says of these very statements.
    database
        .batch_execute(
            "alter database spindle set session_preload_libraries = 'auto_explain';
             alter database spindle set auto_explain.log_min_duration = 0;
             alter database spindle set auto_explain.log_analyze = on;
             alter database spindle set auto_explain.log_timing = off;
             alter database spindle set auto_explain.log_buffers = on",
        )
        .await?;
    seed::tasks(&database, 1..USERS.0 + 1, OF_EACH).await?;
    let few = measure(&spindle).await?;
    eprintln!("{} users with {OF_EACH} tasks each", USERS.1);
    database.batch_execute("truncate tasks, reminders").await?;
    seed::tasks(&database, 1..USERS.1 + 1, OF_EACH).await?;
    let row = database.query_one("select count(*) from tasks", &[]).await?;
    ensure!(row.get::<_, i64>(0) == i64::from(USERS.1 * OF_EACH), "{row:?}");
    let many = measure(&spindle).await?;

    let count = |users| format!("{} tasks", users * OF_EACH);
    println!("\nOne user's {OF_EACH} tasks among {} and {}", count(USERS.0), count(USERS.1));
    println!("{:<24} {:>22} {:>7} {:>22}", "", "in Postgres", "", "request");
    for ((name, _), (few, many)) in LISTS.iter().zip(few.iter().zip(&many)) {
        println!(
            "{name:<24} {:>8.2} → {:>8.2} ms {:>5.2} x {:>8.2} → {:>8.2} ms   (aim 1.5 x)",
            few.statement,
            many.statement,
            many.statement / few.statement,
            few.request,
            many.request,
        );
    }
    for ((name, _), Measured { plan, .. }) in LISTS.iter().zip(&many) {
        println!("\n{name}\n{plan}");
    }
    spindle.stop().await
}

async fn measure(spindle: &Spindle) -> Result<Vec<Measured>> {
    let log = log(spindle)?;
    let mut measured = Vec::new();
    for (name, query) in LISTS {
        let url = spindle.url(&format!("/api/tasks?{query}"));
        let mut times = Vec::new();
        let before = fs::metadata(&log)?.len() as usize;
        for _ in 0..TIMES {
            let asked = Instant::now();
            let response = spindle.client.get(&url).send().await?;
            ensure!(response.status() == 200, "{name}: {}", response.status());
            let body: serde_json::Value = response.json().await?;
            times.push(asked.elapsed().as_secs_f64() * 1000.0);
            let found = body["items"].as_array().map_or(0, Vec::len);
            ensure!(found > 5, "{name}: {found} found");
        }
        let said = fs::read(&log)?.split_off(before);
        let plans = plans(&String::from_utf8_lossy(&said));
        ensure!(plans.len() >= TIMES, "{name}: {} plans", plans.len());
        let statements = plans.iter().map(|(duration, _)| *duration).collect();
        let plan = plans.into_iter().next_back().context("no plan")?.1;
        measured.push(Measured { request: median(times), statement: median(statements), plan });
    }
    Ok(measured)
}

fn log(spindle: &Spindle) -> Result<PathBuf> {
    let folder = spindle.data().join("logs");
    let files = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
    let of_postgres =
        |file: &&fs::DirEntry| file.file_name().to_string_lossy().contains("postgres");
    Ok(files.iter().find(of_postgres).context("Postgres has no log")?.path())
}

/// Of each list in Postgres' log: how many milliseconds it took, and its plan. An entry's further lines begin with a tab.
fn plans(log: &str) -> Vec<(f64, String)> {
    let mut plans = Vec::new();
    let mut entry: Option<(f64, String)> = None;
    let is_list = |plan: &str| plan.contains("from tasks") || plan.contains("vars, tasks");
    for line in log.lines() {
        if let Some(line) = line.strip_prefix('\t') {
            if let Some((_, plan)) = &mut entry {
                *plan += line;
                plan.push('\n');
            }
            continue;
        }
        plans.extend(entry.take().filter(|(_, plan)| is_list(plan)));
        let duration =
            line.split_once("duration: ").and_then(|(_, rest)| rest.split_once(" ms  plan:"));
        entry = duration.and_then(|(duration, _)| Some((duration.parse().ok()?, String::new())));
    }
    plans.extend(entry.filter(|(_, plan)| is_list(plan)));
    // From the plan's first line on: what stands before is the statement.
    let starts = |line: &&str| line.contains("(cost=");
    plans
        .into_iter()
        .map(|(duration, entry)| {
            let skipped = entry.lines().skip_while(|line| !starts(line));
            (duration, skipped.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
