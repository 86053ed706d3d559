//! Pushes as a browser and its push service read them, by Mozilla's libraries: `webpush/browser.py`.
//!
//! Run by `cargo xtask test`, which has a Python with what `webpush/requirements.txt` names. By hand:
//! `SPINDLE_PYTHON=target/python/bin/python SPINDLE_PUSHES=20000 SPINDLE_PUSHES_SEED=7 cargo test -p notify --test webpush
//! -- --nocapture`, with the whole path of the Python.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use fastrand::Rng;
use identity::VapidKey;
use notify::{Language, Notice, Randomness, Subscription, push};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use serde_json::{Value, json};
use uuid::Uuid;

const NOW: u64 = 1_795_000_000;
const SUBJECT: &str = "mailto:me@example.com";

#[test]
fn a_browser_reads_what_was_pushed_to_it() {
    let number = |name: &str, default: &str| std::env::var(name).unwrap_or(default.to_owned());
    let (count, seed) = (number("SPINDLE_PUSHES", "300"), number("SPINDLE_PUSHES_SEED", "1"));
    let python = std::env::var("SPINDLE_PYTHON").expect("`cargo xtask test` runs this");
    println!("{count} pushes, seed {seed}");
    let mut rng = Rng::with_seed(seed.parse().expect("a number"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/webpush/browser.py");
    let mut browser = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = browser.stdin.take().expect("piped");
    let mut answers = BufReader::new(browser.stdout.take().expect("piped")).lines();
    let key = VapidKey::parse(&VapidKey::generate().expect("random numbers")).expect("a key");
    let (mut shortest, mut longest) = (usize::MAX, 0);
    for _ in 0..count.parse().expect("a number") {
        let notice = some_notice(&mut rng);
        let private_key = some_key(&mut rng);
        let public_key = private_key.public_key().to_sec1_point(false);
        let subscription = Subscription {
            endpoint: "https://push.example:8443/send/abc".to_owned(),
            p256dh: text(public_key.as_bytes()),
            auth: text(&bytes::<16>(&mut rng)),
        };
        let randomness =
            Randomness { salt: bytes(&mut rng), private_key: some_key(&mut rng).to_bytes().into() };
        let request = push(&notice, &subscription, &key, SUBJECT, NOW, randomness).expect("a push");
        assert!(request.body.len() <= 4096, "{}", request.body.len());
        (shortest, longest) = (shortest.min(request.body.len()), longest.max(request.body.len()));
        let line = json!({
            "private_key": text(&private_key.to_bytes()),
            "auth": subscription.auth,
            "body": text(&request.body),
            "authorization": request.header("authorization"),
        });
        writeln!(input, "{line}").expect("python reads");
        let answer = answers.next().expect("python answers").expect("a line of UTF-8");
        let answer: Value = serde_json::from_str(&answer).expect("a line is JSON");
        assert_eq!(answer["public_key"], subscription.p256dh);
        assert_eq!(answer["key"], key.public_key());
        let claims = json!({ "aud": "https://push.example:8443", "exp": NOW + 12 * 60 * 60, "sub": SUBJECT });
        assert_eq!(answer["claims"], claims);
        check(&notice, answer["text"].as_str().expect("a text"));
    }
    drop(input);
    assert!(browser.wait().expect("python ends").success(), "browser.py failed");
    println!("bodies of {shortest} to {longest} bytes");
    assert!(longest > shortest);
}

/// What the browser shows is the notice, as far as there is room.
fn check(notice: &Notice, text: &str) {
    let shown: Value = serde_json::from_str(text).expect("the message is JSON");
    let title = shown["title"].as_str().expect("a title");
    match title.strip_suffix('…') {
        Some(beginning) => {
            assert!(notice.title.starts_with(beginning), "{title:?} of {:?}", notice.title)
        }
        None => assert_eq!(title, notice.title),
    }
    assert!(shown["body"].as_str().is_some_and(|body| !body.is_empty()));
    assert_eq!(shown["task_id"], notice.task_id.to_string());
    assert_eq!(shown["lang"], notice.language.tag());
    assert_eq!(shown["reminder_id"], notice.reminder_id.to_string());
}

fn some_notice(rng: &mut Rng) -> Notice {
    Notice {
        reminder_id: Uuid::from_u128(rng.u128(..)),
        task_id: Uuid::from_u128(rng.u128(..)),
        delivery_id: Uuid::from_u128(rng.u128(..)),
        title: some_text(rng, 1, 500),
        description: rng.bool().then(|| some_text(rng, 0, 10_000)),
        due: None,
        late: rng.bool(),
        repeated: rng.bool(),
        language: if rng.bool() { Language::Urdu } else { Language::English },
        link: rng
            .bool()
            .then(|| format!("https://spindle.example/tasks/{}", "x".repeat(rng.usize(..900)))),
        unsubscribe: None,
    }
}

/// Words of anything that is a character but for control, so that a title on one line is the title.
fn some_text(rng: &mut Rng, least: usize, most: usize) -> String {
    let alphabet = ["a", "\"", "\\", "د", "👩", "é", "<", "\u{202e}", "\u{301}"];
    let length = rng.usize(least..=most);
    (0..length).map(|_| alphabet[rng.usize(..alphabet.len())]).collect()
}

fn some_key(rng: &mut Rng) -> SecretKey {
    loop {
        if let Ok(key) = SecretKey::from_slice(&bytes::<32>(rng)) {
            return key;
        }
    }
}

fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    std::array::from_fn(|_| rng.u8(..))
}

fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
