//! What no component should do.

use std::time::Duration;

use spin_sdk::http::{Fields, OutgoingResponse, ResponseOutparam};

use crate::Answer;

/// Does it, by its name.
pub fn act(action: &str, query: &str) -> Answer {
    match action {
        "loop" => spin(),
        "hog" => hog(),
        "hoard" => hoard(query.parse().unwrap_or(0)),
        "panic" => panic!("a guest's panic"),
        "exit" => std::process::exit(3),
        "sleep" => {
            std::thread::sleep(Duration::from_millis(query.parse().unwrap_or(0)));
            (200, "slept".to_owned())
        }
        // Many short waits, little computing.
        "nap" => {
            for _ in 0..query.parse().unwrap_or(0) {
                std::thread::sleep(Duration::from_millis(6));
            }
            (200, "napped".to_owned())
        }
        _ => (404, format!("no such action: {action}")),
    }
}

/// Declares one length and writes another, as `query` says: `5,10`. What would notice it is leaked.
pub fn lie(out: ResponseOutparam, query: &str) {
    let (declared, written) = query.split_once(',').unwrap_or_default();
    let length = [("content-length".to_owned(), declared.as_bytes().to_vec())];
    let response = OutgoingResponse::new(Fields::from_list(&length).expect("a header"));
    let body = response.body().expect("the first body");
    out.set(response);
    let stream = body.write().expect("the first stream");
    let _ = stream.blocking_write_and_flush(&vec![b'x'; written.parse().unwrap_or(0)]);
    std::mem::forget((stream, body));
}

/// Keeps so many things of the host.
fn hoard(count: usize) -> Answer {
    (0..count).for_each(|_| std::mem::forget(Fields::new()));
    (200, "hoarded".to_owned())
}

fn spin() -> Answer {
    let mut number = 0_u64;
    loop {
        number = std::hint::black_box(number.wrapping_add(1));
    }
}

fn hog() -> Answer {
    let mut held = Vec::new();
    loop {
        held.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
}
