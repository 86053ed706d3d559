//! Without log-ins, only this machine's own user gets in.

use anyhow::Result;
use spindle_tests::{Process, Spindle, repository, spindle_program};

#[tokio::test]
async fn only_this_machine_is_served() -> Result<()> {
    let spindle = Spindle::start().await?;
    let url = spindle.url("/api/tasks");
    let get = async |name: &str, value: &str| {
        anyhow::Ok(spindle.client.get(&url).header(name, value).send().await?.status())
    };
    assert_eq!(get("host", "evil.example").await?, 403, "DNS rebinding");
    assert_eq!(get("origin", "https://evil.example").await?, 403, "a foreign page");
    assert_eq!(get("origin", "null").await?, 403, "a sandboxed page");
    assert_eq!(get("host", "localhost:3000").await?, 200);
    assert_eq!(
        get("x-spindle-local", "guessed").await?,
        200,
        "a client's own is dropped, ours added"
    );
    assert_eq!(
        get("authorization", "Bearer nonsense").await?,
        401,
        "credentials are never ignored"
    );
    spindle.stop().await
}

#[tokio::test]
async fn another_address_is_refused_at_start() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data").to_string_lossy().into_owned();
    let app = repository().join("spin.toml").to_string_lossy().into_owned();
    let arguments = ["up", "--listen", "0.0.0.0", "--port", "0", "--data", &data, "--app", &app];
    let mut process =
        Process::spawn(&spindle_program(), &arguments, &[], &folder.path().join("log"))?;
    let status = process.ended().await?;
    assert!(!status.success());
    assert!(process.log_tail().contains("127.0.0.1"), "{}", process.log_tail());
    Ok(())
}
