//! Starting, stopping, and what can be wrong with a machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use spindle_tests::{Running, Spindle, is_alive, repository, spindle_program};

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() -> Result<()> {
    let mut spindle = Spindle::start().await?;
    let task = spindle.create("still here").await?;
    let id = task["id"].as_str().unwrap_or_default().to_owned();
    let before = spindle.audit(&id, 1).await?;
    spindle.terminate().await?;
    spindle.restart().await?;
    assert_eq!(spindle.get(&format!("/api/tasks/{id}")).await?, (200, task));
    assert_eq!(spindle.audit(&id, 1).await?, before, "the same row, and no second one");
    let second = spindle.create("after the restart").await?;
    spindle.audit(second["id"].as_str().unwrap_or_default(), 1).await?;
    spindle.stop().await
}

#[tokio::test]
async fn the_second_start_compiles_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().to_str().context("a path that is no text")?;
    let mut spindle = Spindle::start_with(&[("SPINDLE_COMPILED", path)]).await?;
    let compiled = || -> Result<BTreeMap<_, _>> {
        let files = std::fs::read_dir(folder.path())?;
        let known = |file: std::io::Result<std::fs::DirEntry>| {
            let file = file?;
            Ok((file.file_name(), file.metadata()?.modified()?))
        };
        files.map(known).collect()
    };
    let first = compiled()?;
    assert!(!first.is_empty());
    spindle.terminate().await?;
    spindle.restart().await?;
    assert_eq!(compiled()?, first);
    spindle.stop().await
}

#[tokio::test]
async fn control_c_ends_it_cleanly_too() -> Result<()> {
    let mut spindle = Spindle::start().await?;
    spindle.create("before").await?;
    spindle.end(Signal::INT).await
}

#[tokio::test]
async fn servers_that_one_has_are_used_and_left_alone() -> Result<()> {
    let owner = Spindle::start().await?;
    let Running { database_url, kafka_brokers, .. } = owner.running.clone();
    let guest =
        Spindle::start_with(&[("DATABASE_URL", &database_url), ("KAFKA_BROKERS", &kafka_brokers)])
            .await?;
    assert_eq!((guest.running.postgres_pid, guest.running.broker_pid), (None, None));
    let task = guest.create("by the guest").await?;
    guest.audit(task["id"].as_str().unwrap_or_default(), 1).await?;
    guest.stop().await?;
    owner.create("the servers go on").await?;
    owner.stop().await
}

#[tokio::test]
async fn a_postgres_that_one_has_keeps_its_own_schema_to_itself() -> Result<()> {
    let owner = Spindle::start().await?;
    let database = owner.database().await?;
    database.batch_execute("create database mine").await?;
    let url = owner.running.database_url.replace("/spindle?", "/mine?");
    let guest = Spindle::start_with(&[("DATABASE_URL", &url)]).await?;
    assert!(guest.running.postgres_pid.is_none() && guest.running.broker_pid.is_some());
    let task = guest.create("with a broker of our own").await?;
    guest.audit(task["id"].as_str().unwrap_or_default(), 1).await?;
    let tables = "select count(*) filter (where schemaname = 'public' and tablename = 'topic'),
                         count(*) filter (where schemaname = 'broker' and tablename = 'topic')
                    from pg_tables";
    let row = guest.database().await?.query_one(tables, &[]).await?;
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (0, 1));
    guest.stop().await?;
    owner.stop().await
}

#[tokio::test]
async fn a_lost_password_is_named() -> Result<()> {
    let mut spindle = Spindle::start().await?;
    spindle.terminate().await?;
    std::fs::remove_file(spindle.data().join("postgres.password"))?;
    let output = up(&spindle.data(), &["--port", "0"], &[]).await?;
    refused(&output, "postgres.password is missing");
    Ok(())
}

#[tokio::test]
async fn orphans_of_a_killed_process_are_adopted_or_ended() -> Result<()> {
    let mut spindle = Spindle::start().await?;
    let before = spindle.running.clone();
    spindle.kill().await?;
    spindle.restart().await?;
    assert_eq!(spindle.running.postgres_pid, before.postgres_pid, "Postgres is adopted");
    assert_ne!(
        spindle.running.broker_pid, before.broker_pid,
        "the broker is ended and started anew"
    );
    assert!(!before.broker_pid.is_some_and(is_alive), "the old broker is gone");
    assert_eq!(spindle.running.kafka_brokers, before.kafka_brokers, "clients find the new one");
    spindle.create("after the kill").await?;
    // An adopted Postgres is stopped as if it were our child: `stop` checks that it is gone.
    spindle.stop().await
}

#[tokio::test]
async fn a_second_spindle_on_the_same_data_is_refused() -> Result<()> {
    let spindle = Spindle::start().await?;
    let output = up(&spindle.data(), &["--port", "0"], &[]).await?;
    refused(&output, "another spindle uses");
    spindle.create("the first goes on").await?;
    spindle.stop().await
}

#[tokio::test]
async fn a_taken_port_is_named() -> Result<()> {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let port = taken.local_addr()?.port().to_string();
    let folder = tempfile::tempdir()?;
    let output = up(&folder.path().join("data"), &["--port", &port], &[]).await?;
    refused(&output, &format!("port {port} is taken"));
    Ok(())
}

#[tokio::test]
async fn a_broken_data_folder_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    std::fs::create_dir_all(data.join("postgres"))?;
    std::fs::write(data.join("postgres/holiday.jpg"), "not a database")?;
    let output = up(&data, &["--port", "0"], &[]).await?;
    refused(&output, "is no Postgres cluster");
    assert!(data.join("postgres/holiday.jpg").exists(), "nothing of the user's is touched");

    let file = folder.path().join("file");
    std::fs::write(&file, "")?;
    refused(&up(&file, &["--port", "0"], &[]).await?, "can't use the data folder");
    Ok(())
}

#[tokio::test]
async fn a_dead_postgres_is_named_without_its_password() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let port = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.local_addr()?.port()
    };
    let url = format!("postgres://me:hunter2@127.0.0.1:{port}/todo?sslmode=disable");
    let output =
        up(&folder.path().join("data"), &["--port", "0"], &[("DATABASE_URL", &url)]).await?;
    refused(&output, &format!("Postgres at 127.0.0.1:{port}"));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"));
    Ok(())
}

/// Runs `spindle up` to its end.
async fn up(data: &Path, options: &[&str], environment: &[(&str, &str)]) -> Result<Output> {
    let mut command = tokio::process::Command::new(spindle_program());
    command.args(["--log-format", "json", "up", "--app"]).arg(repository().join("spin.toml"));
    command.arg("--data").arg(data).args(options);
    command.env_remove("DATABASE_URL").env_remove("KAFKA_BROKERS");
    command.envs(environment.iter().copied()).kill_on_drop(true);
    Ok(tokio::time::timeout(spindle_tests::PATIENCE, command.output()).await??)
}

/// One sentence, and not zero.
fn refused(output: &Output, sentence: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{stderr}");
    let said = stderr.lines().filter(|line| line.starts_with("spindle: ")).collect::<Vec<_>>();
    assert_eq!(said.len(), 1, "{stderr}");
    assert!(said[0].contains(sentence), "{sentence:?} in {}", said[0]);
}
