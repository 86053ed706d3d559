//! The trigger's promises, shown with the plugin as a process, a real broker and a real component.
//!
//! The component `kafka-probe` tells the test of each batch over HTTP and does as the test answers.

mod apache;
mod broker;
mod dead_letters;
mod delivery;
mod embedded;
mod example;
mod failures;
mod letters;
mod misconduct;
mod observed;
mod outages;
mod output;
mod plugin;
mod probe;
mod protocol;
mod proxy;
mod rebalances;
mod secure;
mod security;

/// A name that no other test uses: for a topic and its group.
fn unique(what: &str) -> String {
    format!("{what}-{}", uuid::Uuid::now_v7().simple())
}

/// The texts of `numbers`, as `Producer::send_numbers` sends them.
fn numbers(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}
