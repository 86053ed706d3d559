//! `cargo xtask smoke`: whether a Spindle that runs somewhere does its work: a task is made, its audit row comes by way of
//! Kafka, and the task goes again.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What to try, and as whom.
#[derive(clap::Args)]
#[command(after_help = "\
Without --register, requests have the personal access token of SPINDLE_TOKEN, with the scopes tasks:read, tasks:write \
and audit. Without that, they have no credentials, which the demo user of `spindle up` needs none of.")]
pub struct Options {
    /// Where it is, such as https://spindle.example.com.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    pub url: String,

    /// How many seconds it may all take.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub patience: u64,

    /// Make an account and log in. Accounts stay: so not where people are.
    #[arg(long)]
    pub register: bool,
}

/// Tries it.
///
/// # Errors
/// What didn't happen, at the latest when the patience is over.
pub fn run(options: &Options) -> Result<()> {
    let token = std::env::var("SPINDLE_TOKEN").ok().filter(|token| !token.is_empty());
    let started = Instant::now();
    let mut spindle = Spindle {
        url: options.url.trim_end_matches('/').to_owned(),
        token,
        // Audit rows are found by it.
        name: format!("smoke-{}", SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos()),
        deadline: started + Duration::from_secs(options.patience),
    };
    eprintln!("▸ smoke test of {}, as {}", spindle.url, spindle.name);
    let ready = spindle.until("GET", "/ready", None, |status, _| status == 200)?;
    eprintln!("  ready: {ready}");
    if options.register {
        spindle.log_in()?;
    }
    let id = spindle.task().context("no task could be made")?;
    eprintln!("  task {id} is made");
    let row = spindle.audit_row(&id);
    // Whatever became of it: nothing of ours is to be left.
    let deleted = spindle.delete(&id);
    row.context("the task was made, and its audit row didn't come: are the relay, Kafka and audit-write at work?")?;
    eprintln!("  its audit row has come by way of Kafka");
    deleted.context("the task could not be deleted")?;
    eprintln!("  it is gone again; {:.1} s in all", started.elapsed().as_secs_f64());
    Ok(())
}

#[derive(Clone)]
struct Spindle {
    url: String,
    token: Option<String>,
    name: String,
    deadline: Instant,
}

impl Spindle {
    fn log_in(&mut self) -> Result<()> {
        let email = format!("{}@example.com", self.name);
        let password = random_password()?;
        let account = json!({ "email": email, "password": password });
        // Where the first answer was lost, the second is that the account is there.
        self.until("POST", "/auth/register", Some(&account), |status, _| {
            [201, 409].contains(&status)
        })
        .context("no account could be made")?;
        let tokens = self
            .until("POST", "/auth/login", Some(&account), |status, _| status == 200)
            .context("the new account could not log in")?;
        self.token = tokens["access_token"].as_str().map(str::to_owned);
        eprintln!("  {email} is logged in");
        Ok(())
    }

    fn task(&self) -> Result<String> {
        let task = json!({ "title": format!("{} (can be deleted)", self.name) });
        let task = self.until("POST", "/api/tasks", Some(&task), |status, _| status == 200)?;
        Ok(task["id"].as_str().context("the new task has no id")?.to_owned())
    }

    fn audit_row(&self, id: &str) -> Result<Value> {
        let path = format!("/api/audit?correlation_id={}", self.name);
        self.until("GET", &path, None, |status, answer| {
            let is_ours = |row: &Value| row["entity_id"] == id && row["action"] == "created";
            status == 200 && answer["items"].as_array().is_some_and(|rows| rows.iter().any(is_ours))
        })
    }

    fn delete(&self, id: &str) -> Result<()> {
        let task = format!("/api/tasks/{id}");
        // One more chance, if waiting for the audit row has taken all the time.
        let one = Self {
            deadline: self.deadline.max(Instant::now() + Duration::from_secs(10)),
            ..self.clone()
        };
        // First to the trash, and only from there for good. 404 is for those whose first answer was lost; what counts is
        // that in the end it isn't there.
        for path in [task.clone(), format!("{task}?permanent=true")] {
            one.until("DELETE", &path, None, |status, _| [200, 404].contains(&status))?;
        }
        let (status, answer) = one.request("GET", &task, None)?;
        if status != 404 {
            bail!("GET {task}: {status} {answer}");
        }
        Ok(())
    }

    /// The first answer that is as it should be.
    ///
    /// # Errors
    /// An answer that another try wouldn't change, or the last one when the time is over.
    fn until(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        is_right: impl Fn(u16, &Value) -> bool,
    ) -> Result<Value> {
        loop {
            let last = match self.request(method, path, body) {
                Ok((status, answer)) if is_right(status, &answer) => return Ok(answer),
                Ok((status @ (400 | 401 | 403 | 405 | 422), answer)) => {
                    bail!("{method} {path}: {status} {answer}")
                }
                Ok((status, answer)) => format!("{status} {answer}"),
                Err(error) => format!("{error:#}"),
            };
            if Instant::now() + PAUSE >= self.deadline {
                bail!("{method} {path}: time is over; at last: {last}");
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// By curl, which knows proxies, certificates and HTTP/2. Secrets go to its standard input, where no list of processes
    /// shows them.
    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let mut config = format!("header = \"X-Correlation-ID: {}\"\n", self.name);
        if (method, path) == ("POST", "/api/tasks") {
            config += &format!("header = \"Idempotency-Key: {}\"\n", self.name);
        }
        if let Some(token) = &self.token {
            config += &format!("header = \"Authorization: Bearer {token}\"\n");
        }
        if let Some(body) = body {
            config += &format!(
                "header = \"Content-Type: application/json\"\ndata-raw = {}\n",
                Value::String(body.to_string())
            );
        }
        let mut curl = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "15", "--request", method])
            .args(["--write-out", "\n%{http_code}", "--config", "-"])
            .arg(format!("{}{path}", self.url))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("can't run curl")?;
        curl.stdin.take().context("no input")?.write_all(config.as_bytes())?;
        let output = curl.wait_with_output()?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        answer(&String::from_utf8_lossy(&output.stdout)).context("curl said no status")
    }
}

/// Status and body, of what curl writes. A body that is no JSON stays a text.
fn answer(written: &str) -> Option<(u16, Value)> {
    let (body, status) = written.rsplit_once('\n')?;
    let body = serde_json::from_str(body).unwrap_or_else(|_| body.into());
    Some((status.parse().ok()?, body))
}

/// Of an account that nobody uses again.
fn random_password() -> Result<String> {
    let mut bytes = [0; 24];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::{Arc, Mutex};

    use super::*;

    type Asked = Arc<Mutex<Vec<String>>>;

    /// Answers method and path, such as `GET /ready`, and notes what was asked.
    fn server(
        mut answer: impl FnMut(&str) -> (u16, &'static str) + Send + 'static,
    ) -> (String, Asked) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Asked::default();
        let noted = asked.clone();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let request = read(&stream);
                let (status, body) = answer(&request);
                noted.lock().unwrap().push(request);
                let head = format!("HTTP/1.1 {status} x\r\nConnection: close\r\n\r\n");
                stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
            }
        });
        (url, asked)
    }

    fn read(stream: &TcpStream) -> String {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).unwrap();
        let mut length = 0;
        let mut line = first.clone();
        while !line.trim().is_empty() {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        reader.take(length).read_to_end(&mut Vec::new()).unwrap();
        first.rsplit_once(' ').unwrap().0.to_owned()
    }

    fn options(url: String, patience: u64) -> Options {
        Options { url, patience, register: false }
    }

    const ROW: &str = r#"{"items":[{"entity_id":"1","action":"created"}]}"#;

    #[test]
    fn a_task_is_made_audited_and_deleted() {
        let mut looks = 0;
        let (url, asked) = server(move |request| match request {
            "POST /api/tasks" => (200, r#"{"id":"1"}"#),
            "GET /api/tasks/1" => (404, "{}"),
            "GET /ready" | "DELETE /api/tasks/1" | "DELETE /api/tasks/1?permanent=true" => {
                (200, "{}")
            }
            _ => {
                looks += 1;
                (200, if looks == 1 { r#"{"items":[]}"# } else { ROW })
            }
        });
        run(&options(url, 60)).unwrap();
        let asked = asked.lock().unwrap();
        let methods: Vec<_> =
            asked.iter().filter_map(|request| request.split(' ').next()).collect();
        assert_eq!(methods, ["GET", "POST", "GET", "GET", "DELETE", "DELETE", "GET"]);
    }

    #[test]
    fn where_the_audit_row_does_not_come_the_task_goes_all_the_same() {
        let (url, asked) = server(|request| match request {
            "POST /api/tasks" => (200, r#"{"id":"1"}"#),
            "GET /api/tasks/1" => (404, "{}"),
            _ => (200, r#"{"items":[]}"#),
        });
        let error = format!("{:#}", run(&options(url, 1)).unwrap_err());
        assert!(error.contains("audit row didn't come"), "{error}");
        let deleted = "DELETE /api/tasks/1?permanent=true".to_owned();
        assert!(asked.lock().unwrap().contains(&deleted));
    }

    #[test]
    fn a_task_that_stays_is_told() {
        let (url, _) = server(|request| match request {
            "POST /api/tasks" => (200, r#"{"id":"1"}"#),
            _ => (200, ROW),
        });
        let error = format!("{:#}", run(&options(url, 60)).unwrap_err());
        assert!(error.contains("could not be deleted: GET /api/tasks/1: 200"), "{error}");
    }

    #[test]
    fn who_may_not_is_told_at_once() {
        let (url, _) = server(|request| match request {
            "GET /ready" => (200, "{}"),
            _ => (401, r#"{"title":"Not authenticated"}"#),
        });
        let error = format!("{:#}", run(&options(url, 600)).unwrap_err());
        assert!(error.contains("401") && error.contains("Not authenticated"), "{error}");
    }

    #[test]
    fn where_nothing_listens_time_is_over() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let error = format!("{:#}", run(&options(url, 1)).unwrap_err());
        assert!(error.contains("/ready: time is over"), "{error}");
    }

    #[test]
    fn an_answer_is_a_body_and_a_status() {
        assert_eq!(answer("{\"a\":1}\n200"), Some((200, json!({ "a": 1 }))));
        assert_eq!(answer("no\njson\n502"), Some((502, json!("no\njson"))));
        assert_eq!(answer("200"), None);
    }
}
