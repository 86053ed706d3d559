//! A provider that mail is handed over to, and that misbehaves as real ones do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::server::{Heard, Memory, Server, be_silent, hear, respond};

/// A mail that it has taken, whatever it has said.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The reminder that it tells of.
    pub reminder_id: String,
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// Whether it says of itself that it may be a duplicate.
    pub is_marked: bool,
}

/// The provider. It ends when it is dropped.
pub struct MailProvider {
    server: Server<()>,
    taken: Memory<Taken>,
}

/// How often it misbehaves with one reminder, at most: somebody is to get it, sooner or later.
const MOST: u32 = 2;

/// What it does with a mail.
#[derive(Debug, Clone, Copy)]
enum Mood {
    /// Takes it and says so.
    Well,
    /// Says so twice.
    Twice,
    /// Is out of order, and says so.
    Broken,
    /// Takes it, and hangs.
    TakesAndHangs,
    /// Hangs.
    Hangs,
    /// Takes it, and hangs up.
    TakesAndGoes,
}

impl MailProvider {
    /// Starts one whose moods are drawn with `seed`: of seven mails it takes five as it should.
    pub async fn start(seed: u64) -> Result<Self> {
        let taken = Memory::default();
        let memory = taken.clone();
        let moods = Arc::new(Mutex::new((fastrand::Rng::with_seed(seed), HashMap::new())));
        let server =
            Server::start((), move |stream, ()| serve(stream, memory.clone(), moods.clone()))
                .await?;
        Ok(Self { server, taken })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }

    /// Where it listens.
    pub fn port(&self) -> String {
        self.server.port.to_string()
    }

    /// What it has taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.all()
    }
}

type Moods = Mutex<(fastrand::Rng, HashMap<String, u32>)>;

async fn serve(stream: TcpStream, memory: Memory<Taken>, moods: Arc<Moods>) -> Result<()> {
    let (heard, mut stream) = hear(stream).await?;
    let mail = read(&heard)?;
    let mood = mood(&moods, &mail.reminder_id);
    if !matches!(mood, Mood::Broken | Mood::Hangs) {
        memory.push(mail);
    }
    match mood {
        Mood::Well => respond(&mut stream, 202, "text/plain", b"").await,
        Mood::Twice => {
            let head = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(head.repeat(2).as_bytes()).await?;
            Ok(stream.shutdown().await?)
        }
        Mood::Broken => respond(&mut stream, 503, "text/plain", b"out of order").await,
        Mood::TakesAndHangs | Mood::Hangs => be_silent(&mut stream).await,
        Mood::TakesAndGoes => Ok(()),
    }
}

fn read(heard: &Heard) -> Result<Taken> {
    let mail: Value = serde_json::from_slice(&heard.body)?;
    let reminder_id = mail["custom_args"]["reminder_id"].as_str().unwrap_or_default().to_owned();
    let is_marked = mail["headers"].get("X-Spindle-Possible-Duplicate").is_some();
    Ok(Taken { reminder_id, at: Utc::now(), is_marked })
}

fn mood(moods: &Moods, reminder_id: &str) -> Mood {
    let mut moods = moods.lock().unwrap_or_else(PoisonError::into_inner);
    let (random, misbehaved) = &mut *moods;
    let mood = match random.u32(0..100) {
        0..8 => Mood::Broken,
        8..12 => Mood::TakesAndHangs,
        12..16 => Mood::Hangs,
        16..20 => Mood::TakesAndGoes,
        20..28 => return Mood::Twice,
        _ => return Mood::Well,
    };
    let count = misbehaved.entry(reminder_id.to_owned()).or_default();
    if *count == MOST {
        return Mood::Well;
    }
    *count += 1;
    mood
}
