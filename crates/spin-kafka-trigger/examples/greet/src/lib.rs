//! Greets everyone whose name comes by on a Kafka topic.

use kafka_guest::{Failure, Message, Reason};

kafka_guest::handler!(handle);

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    kafka_guest::each(&batch, |message| {
        println!("{}", greeting(message)?);
        Ok(())
    })
}

/// A record that isn't a name will never be one: it is rejected, and goes to the dead-letter topic.
fn greeting(message: &Message) -> Result<String, Reason> {
    let value = message.value.as_deref().ok_or_else(|| Reason::reject("the value is null"))?;
    let name = std::str::from_utf8(value).map_err(Reason::reject)?.trim();
    if name.is_empty() {
        return Err(Reason::reject("the name is empty"));
    }
    Ok(format!("Hello, {name}! (partition {}, offset {})", message.partition, message.offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(value: &[u8]) -> Result<String, Reason> {
        greeting(&Message { value: Some(value.to_vec()), offset: 7, ..Message::default() })
    }

    #[test]
    fn a_name_is_greeted() {
        assert_eq!(said(b"Ada\n"), Ok("Hello, Ada! (partition 0, offset 7)".to_owned()));
    }

    #[test]
    fn what_is_no_name_is_rejected() {
        for value in [&b""[..], b" ", b"\xff"] {
            assert!(matches!(said(value), Err(Reason::Reject(_))), "{value:?}");
        }
        assert!(matches!(greeting(&Message::default()), Err(Reason::Reject(_))));
    }
}
