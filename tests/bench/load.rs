//! The load generators: wrk for HTTP, pgbench for SQL.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{repository, spindle_program};

use crate::CONNECTIONS;

/// One measurement. Times are milliseconds.
pub struct Rate {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
}

/// The measurement with the median rate.
fn median(mut rates: Vec<Rate>) -> Rate {
    rates.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rates.swap_remove(rates.len() / 2)
}

/// Prints the median of each row, and returns it.
pub fn table<const ROWS: usize>(names: &[&str; ROWS], measured: [Vec<Rate>; ROWS]) -> [Rate; ROWS] {
    println!("\n{CONNECTIONS} connections          {:>10} {:>9} {:>9}", "per second", "p50", "p99");
    let medians = measured.map(median);
    for (name, rate) in names.iter().zip(&medians) {
        println!("{name:<22} {:>10.0} {:>6.2} ms {:>6.2} ms", rate.per_second, rate.p50, rate.p99);
    }
    medians
}

/// HTTP load.
pub struct Wrk {
    pub seconds: u32,
    pub url: String,
    /// What its requests show, where they are not the demo user's.
    pub token: Option<String>,
}

impl Wrk {
    pub fn get(&self, path: &str) -> Result<Rate> {
        self.run(path, None)
    }

    pub fn post(&self, path: &str, body: &serde_json::Value) -> Result<Rate> {
        let script = tempfile::NamedTempFile::with_suffix(".lua")?;
        let lua = format!(
            "wrk.method = 'POST'\nwrk.body = [[{body}]]\nwrk.headers['content-type'] = 'application/json'\n"
        );
        std::fs::write(script.path(), lua)?;
        self.run(path, Some(script.path()))
    }

    /// Requests as a script makes them, in Lua.
    pub fn scripted(&self, lua: &str) -> Result<Rate> {
        let script = tempfile::NamedTempFile::with_suffix(".lua")?;
        std::fs::write(script.path(), lua)?;
        self.run("", Some(script.path()))
    }

    fn run(&self, path: &str, script: Option<&Path>) -> Result<Rate> {
        let mut wrk = Command::new("wrk");
        wrk.args([
            "--latency",
            "-t1",
            &format!("-c{CONNECTIONS}"),
            &format!("-d{}s", self.seconds),
        ]);
        if let Some(script) = script {
            wrk.arg("-s").arg(script);
        }
        if let Some(token) = &self.token {
            wrk.arg("-H").arg(format!("authorization: Bearer {token}"));
        }
        let output = output(wrk.arg(format!("{}{path}", self.url)))?;
        ensure!(
            !output.contains("Non-2xx") && !output.contains("Socket errors"),
            "wrk {path}: {output}"
        );
        let after = |label: &str| {
            output.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim)
        };
        Ok(Rate {
            per_second: after("Requests/sec:").context("no rate")?.parse()?,
            p50: milliseconds(after("50%").context("no median")?)?,
            p99: milliseconds(after("99%").context("no p99")?)?,
        })
    }
}

/// `850.00us`, `1.23ms`, `1.05s`.
fn milliseconds(text: &str) -> Result<f64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).context("no unit")?;
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        _ => anyhow::bail!("{text} has an unknown unit"),
    };
    Ok(number.parse::<f64>()? * factor)
}

/// The same statements without us, on a database of the same cluster that no relay reads.
pub struct Pgbench {
    program: PathBuf,
    folder: PathBuf,
    url: String,
    seconds: u32,
}

impl Pgbench {
    /// Makes the database, with the schema and one task.
    pub async fn prepare(
        main_url: &str,
        folder: &Path,
        seconds: u32,
        user: &str,
        task: &str,
    ) -> Result<Self> {
        let program =
            std::env::var_os("PGBENCH").map_or_else(|| PathBuf::from("pgbench"), PathBuf::from);
        let (client, connection) = tokio_postgres::connect(main_url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute("drop database if exists bench").await?;
        client.batch_execute("create database bench").await?;
        let url = main_url.replace("/spindle?", "/bench?");
        output(
            Command::new(spindle_program())
                .args(["migrate", "--demo-user"])
                .env("DATABASE_URL", &url),
        )?;
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        let (user_id, task_id) = (user.parse::<uuid::Uuid>()?, task.parse::<uuid::Uuid>()?);
        let insert = "insert into tasks (user_id, id, title, timezone) values ($1, $2, 'the one that is read', 'UTC')";
        client.execute(insert, &[&user_id, &task_id]).await?;

        let select = bind(&statement("task_select")?, &[user_literal(user), user_literal(task)]);
        std::fs::write(folder.join("select.sql"), select)?;
        let insert = bind(
            &statement("task_insert")?,
            &[
                user_literal(user),
                "gen_random_uuid()".to_owned(),
                "'buy milk'".to_owned(),
                "null".to_owned(),
                "null".to_owned(),
                "'UTC'".to_owned(),
                "'high'".to_owned(),
                "'[]'".to_owned(),
                "null".to_owned(),
                "null".to_owned(),
                "'2026-11-21T12:00:00Z'".to_owned(),
                "gen_random_uuid()".to_owned(),
                "'0192d1a0-7b7c-7e3a-9d5f-2b8a5a0c6f11'".to_owned(),
                "'tasks'".to_owned(),
                "null".to_owned(),
                "null".to_owned(),
            ],
        );
        std::fs::write(folder.join("insert.sql"), insert)?;
        Ok(Self { program, folder: folder.to_owned(), url, seconds })
    }

    pub fn select(&self) -> Result<Rate> {
        self.run("select.sql")
    }

    pub fn insert(&self) -> Result<Rate> {
        self.run("insert.sql")
    }

    /// A database like the one that is measured.
    pub async fn connect(&self) -> Result<tokio_postgres::Client> {
        let (client, connection) =
            tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Writes a script, to be run by its name.
    pub fn script(&self, name: &str, sql: &str) -> Result<()> {
        Ok(std::fs::write(self.folder.join(name), sql)?)
    }

    /// Runs a script.
    pub fn run(&self, script: &str) -> Result<Rate> {
        let folder = tempfile::tempdir()?;
        let output = output(
            Command::new(&self.program)
                .current_dir(folder.path())
                .args([
                    "--no-vacuum",
                    "--protocol=prepared",
                    "--jobs=2",
                    "--log",
                    "--sampling-rate=0.05",
                ])
                .arg(format!("--client={CONNECTIONS}"))
                .arg(format!("--time={}", self.seconds))
                .arg("--file")
                .arg(self.folder.join(script))
                .arg(&self.url),
        )?;
        let per_second = output
            .lines()
            .find_map(|line| line.strip_prefix("tps = "))
            .and_then(|line| line.split_ascii_whitespace().next())
            .with_context(|| format!("pgbench says no rate: {output}"))?
            .parse()?;
        // The third field of each line of its log is microseconds.
        let mut times = Vec::new();
        for file in std::fs::read_dir(folder.path())? {
            let log = std::fs::read_to_string(file?.path())?;
            times
                .extend(log.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<f64>().ok()));
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            times.get((times.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN) / 1000.0
        };
        Ok(Rate { per_second, p50: at(0.5), p99: at(0.99) })
    }
}

pub fn statement(name: &str) -> Result<String> {
    let file = repository().join("sql/queries").join(name).with_extension("sql");
    std::fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))
}

pub fn user_literal(id: &str) -> String {
    format!("'{id}'::uuid")
}

/// A statement with its parameters written out; pgbench still prepares it once per connection.
pub fn bind(statement: &str, values: &[String]) -> String {
    let code: Vec<&str> =
        statement.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let bound = values.iter().enumerate().rev().fold(code.join("\n"), |sql, (index, value)| {
        sql.replace(&format!("${}", index + 1), value)
    });
    format!("{bound};\n")
}

fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("can't run {name}"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
