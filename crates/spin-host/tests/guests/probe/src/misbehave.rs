//! What no component should do.

use std::time::Duration;

use crate::Answer;

/// Does it, by its name.
pub fn act(action: &str, query: &str) -> Answer {
    match action {
        "loop" => spin(),
        "hog" => hog(),
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
