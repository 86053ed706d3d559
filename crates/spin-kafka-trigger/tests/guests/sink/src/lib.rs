//! Takes every batch and does nothing: what is left is what the trigger itself costs.

use kafka_guest::{Failure, Message};

kafka_guest::handler!(handle);

fn handle(_: Vec<Message>) -> Result<(), Failure> {
    Ok(())
}
