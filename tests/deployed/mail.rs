//! `spindle outbox`, between components, which speak to SendGrid, and a Mailpit.

use anyhow::{Result, ensure};
use notify::{Language, MailSettings, Notice, email};
use rustix::process::Signal;
use serde_json::{Value, json};
use spindle_tests::{Process, answer, eventually, spindle_program};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// What a Mailpit was asked for: the first line, and the document.
type Asked = (String, Value);

/// Answers as Mailpit does, once each, and ends.
async fn mailpit(answers: Vec<(u16, Value)>) -> Result<(String, JoinHandle<Result<Vec<Asked>>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let serving = tokio::spawn(async move {
        let mut asked = Vec::new();
        for (status, answer) in answers {
            let mut stream = BufReader::new(listener.accept().await?.0);
            let (mut first, mut length) = (String::new(), 0);
            stream.read_line(&mut first).await?;
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await?;
                let Some((name, value)) = line.trim().split_once(':') else { break };
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse()?;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await?;
            asked.push((first.trim().to_owned(), serde_json::from_slice(&body)?));
            let (answer, mut stream) = (answer.to_string(), stream.into_inner());
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", answer.len());
            stream.write_all(format!("{head}{answer}").as_bytes()).await?;
        }
        Ok(asked)
    });
    Ok((url, serving))
}

#[tokio::test]
async fn a_mail_comes_to_mailpit_as_mailpit_takes_it() -> Result<()> {
    let (url, mailpit) = mailpit(vec![
        (200, json!({ "ID": "iAfZVVe2UQfNSG5BAjgYwa" })),
        (400, json!({ "Error": "invalid To address: me@example.com" })),
        (500, json!({})),
    ])
    .await?;
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("log");
    let arguments =
        ["--log-format", "json", "outbox", "--listen", "127.0.0.1:0", "--forward", &url];
    let environment = [("MAIL_KEY".to_owned(), "SG.right".to_owned())];
    let mut outbox = Process::spawn(&spindle_program(), &arguments, &environment, &log)?;
    let outbox_url = eventually("where it listens", async || {
        let text = std::fs::read_to_string(&log)?;
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut address = lines.filter_map(|line| line["address"].as_str().map(str::to_owned));
        Ok(address.next().map(|address| format!("http://{address}")))
    })
    .await?;

    let notice = Notice {
        reminder_id: Uuid::now_v7(),
        task_id: Uuid::now_v7(),
        delivery_id: Uuid::now_v7(),
        title: "دودھ خریدنا".to_owned(),
        description: None,
        due: None,
        late: false,
        repeated: false,
        language: Language::Urdu,
        link: None,
        unsubscribe: Some("https://spindle.example/stop".to_owned()),
    };
    let client = reqwest::Client::new();
    let send = async |key: &str| {
        let settings = MailSettings::new(&outbox_url, key, "Spindle <reminders@localhost>")?;
        let request = email(&notice, &settings, "me@example.com");
        let mut post = client.post(&request.url).body(request.body.clone());
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        anyhow::Ok((post.send().await?, serde_json::from_slice::<Value>(&request.body)?))
    };
    assert_eq!(send("SG.guessed").await?.0.status(), 401);
    let (taken, sent) = send("SG.right").await?;
    assert_eq!(taken.status(), 202);
    assert_eq!(taken.headers()["x-message-id"], "iAfZVVe2UQfNSG5BAjgYwa");
    // What it refuses is refused; whenever it can't, the component is to try again.
    let (status, said) = answer(send("SG.right").await?.0).await?;
    assert_eq!(status, 400);
    assert_eq!(said["errors"][0]["message"], "invalid To address: me@example.com");
    assert_eq!(send("SG.right").await?.0.status(), 503);
    let asked = mailpit.await??;
    assert_eq!(send("SG.right").await?.0.status(), 503);

    ensure!(asked.len() == 3 && asked.iter().all(|it| it.0 == "POST /api/v1/send HTTP/1.1"));
    let document = &asked[0].1;
    assert_eq!(document["From"], json!({ "Email": "reminders@localhost", "Name": "Spindle" }));
    assert_eq!(document["To"], json!([{ "Email": "me@example.com", "Name": "" }]));
    assert_eq!(document["Subject"], sent["subject"]);
    assert_eq!(document["Text"], sent["content"][0]["value"]);
    assert_eq!(document["HTML"], sent["content"][1]["value"]);
    assert_eq!(document["Headers"]["List-Unsubscribe"], "<https://spindle.example/stop>");
    // It has no pages, and says that it lives.
    for (path, status) in [("/livez", 200), ("/", 404)] {
        assert_eq!(client.get(format!("{outbox_url}{path}")).send().await?.status(), status);
    }
    ensure!(outbox.end(Signal::TERM).await?.success());
    Ok(())
}
