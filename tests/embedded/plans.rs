//! What Postgres makes of our statements.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Spindle, repository, seed};
use tokio_postgres::SimpleQueryMessage;

/// Those that hold everybody's data and grow with it.
const TABLES: [&str; 4] = ["tasks", "events", "audit_logs", "deliveries"];

#[tokio::test]
async fn no_statement_reads_what_everybody_has() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let database = spindle.database().await?;
    seed::tasks(&database, 1..101, 100).await?;
    seed::events(&database).await?;
    // Planned for whatever the values are, as statements are that have been prepared for a while.
    database.batch_execute("set plan_cache_mode = force_generic_plan").await?;
    let mut count = 0;
    for folder in ["queries", "system"] {
        for file in fs::read_dir(repository().join("sql").join(folder))? {
            let path = file?.path();
            let name = path.file_stem().context("no name")?.to_string_lossy().into_owned();
            let text = fs::read_to_string(&path)?;
            // Without comments, which name other statements' parameters.
            let code = text.lines().filter(|line| !line.trim_start().starts_with("--"));
            let sql = code.collect::<Vec<_>>().join("\n");
            let plan = plan(&database, &sql).await.with_context(|| name.clone())?;
            for table in TABLES {
                let all = format!("Seq Scan on {table}");
                ensure!(!plan.lines().any(|line| line.contains(&all)), "{name}:\n{plan}");
            }
            count += 1;
        }
    }
    ensure!(count > 50, "{count} statements");
    spindle.stop().await
}

async fn plan(database: &tokio_postgres::Client, sql: &str) -> Result<String> {
    database.batch_execute(&format!("deallocate all; prepare planned as {sql}")).await?;
    let count = (1..).take_while(|number| sql.contains(&format!("${number}"))).count();
    let nulls = vec!["null"; count].join(", ");
    let arguments = if count == 0 { nulls } else { format!("({nulls})") };
    let rows = database.simple_query(&format!("explain execute planned{arguments}")).await?;
    let lines = rows.iter().filter_map(|row| match row {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
