use std::sync::Arc;

use spin_host::CallError;

use super::*;
use crate::handler::{Failure, Reason};

const ATTEMPTS: u32 = 3;

fn record(offset: i64) -> Message {
    Message {
        topic: "t".into(),
        partition: 0,
        offset,
        timestamp_ms: None,
        key: None,
        value: None,
        headers: Vec::new(),
        attempt: 1,
    }
}

/// Records at the offsets 10, 20, 30, …: as after compaction, no offset is the one before plus one.
fn delivery(count: i64) -> Delivery {
    let messages: Vec<Message> = (1..=count).map(|number| record(number * 10)).collect();
    let batch = Batch { messages: Arc::new(messages), next_offset: count * 10 + 1 };
    let retry = Retry { attempts: ATTEMPTS, first: Duration::from_millis(1), ..Retry::default() };
    Delivery::new(batch, retry)
}

fn failed(index: u32, reason: fn(String) -> Reason) -> Fault {
    Fault::Failed(Failure { index, reason: reason("because".into()) })
}

fn timeout() -> Fault {
    Fault::Broke(CallError::Deadline(Duration::from_secs(1)))
}

/// Offsets and attempts of what the handler gets now.
fn current(delivery: &Delivery) -> Vec<(i64, u32)> {
    let messages = delivery.current().map(|batch| Arc::clone(&batch.messages)).unwrap_or_default();
    messages.iter().map(|message| (message.offset, message.attempt)).collect()
}

/// What became of a batch, in order.
#[derive(Default)]
struct Ran {
    /// Offsets of each call.
    delivered: Vec<Vec<i64>>,
    buried: Vec<(i64, Sentence)>,
    reached: Vec<i64>,
}

/// Lets a handler at it that is told each batch, until all is done.
fn run(mut delivery: Delivery, handler: impl Fn(&[Message]) -> Result<(), Fault>) -> Ran {
    let mut ran = Ran::default();
    while let Some(batch) = delivery.current() {
        let messages = Arc::clone(&batch.messages);
        ran.delivered.push(messages.iter().map(|message| message.offset).collect());
        assert!(ran.delivered.len() < 1000, "it does not end: {:?}", ran.delivered);
        let outcome = handler(&messages);
        let settled = delivery.settle(outcome.as_ref().copied());
        ran.reached.extend(settled.reached);
        if let Then::DeadLetter(sentence) = settled.then {
            ran.buried.push((messages_first(&delivery), sentence));
            ran.reached.extend(delivery.bury());
        }
    }
    ran
}

fn messages_first(delivery: &Delivery) -> i64 {
    delivery.first().expect("a record").offset
}

#[test]
fn a_batch_that_is_done_is_reached_to_its_end() {
    let mut delivery = delivery(3);
    let settled = delivery.settle(Ok(()));
    assert_eq!(settled.reached, Some(31));
    assert!(delivery.current().is_none());
}

#[test]
fn what_stands_before_the_failed_record_is_done_and_the_rest_comes_again() {
    let mut delivery = delivery(4);
    let settled = delivery.settle(Err(&failed(2, Reason::Retry)));
    assert_eq!(settled.reached, Some(30));
    assert!(matches!(settled.then, Then::Wait(_)), "{settled:?}");
    assert_eq!(current(&delivery), [(30, 2), (40, 2)]);
}

#[test]
fn a_retry_is_counted_for_the_record_that_failed_and_not_for_those_after_it() {
    let mut delivery = delivery(3);
    for _ in 0..ATTEMPTS - 1 {
        assert!(matches!(delivery.settle(Err(&failed(0, Reason::Retry))).then, Then::Wait(_)));
    }
    // Now the second fails, for the first time, though it was delivered as often.
    let settled = delivery.settle(Err(&failed(1, Reason::Retry)));
    assert_eq!(settled.reached, Some(20));
    assert!(matches!(settled.then, Then::Wait(_)), "{settled:?}");
    assert_eq!(current(&delivery), [(20, ATTEMPTS + 1), (30, ATTEMPTS + 1)]);
}

#[test]
fn a_record_that_has_failed_often_enough_is_given_up_and_the_rest_goes_on() {
    let Ran { delivered, buried, reached } = run(delivery(3), |messages| {
        match messages.iter().position(|message| message.offset == 20) {
            Some(index) => Err(failed(u32::try_from(index).expect("few"), Reason::Retry)),
            None => Ok(()),
        }
    });
    assert_eq!(delivered, [vec![10, 20, 30], vec![20, 30], vec![20, 30], vec![30]]);
    let [(20, sentence)] = buried.as_slice() else { panic!("{buried:?}") };
    assert_eq!((sentence.kind, sentence.attempts), (Kind::Retry, ATTEMPTS));
    assert_eq!(sentence.reason, "because");
    assert!(sentence.first_failure <= sentence.last_failure);
    assert_eq!(reached, [20, 30, 31]);
}

#[test]
fn a_rejected_record_is_given_up_at_once() {
    let mut delivery = delivery(1);
    let settled = delivery.settle(Err(&failed(0, Reason::Reject)));
    let Then::DeadLetter(sentence) = settled.then else { panic!("{settled:?}") };
    assert_eq!((sentence.kind, sentence.attempts), (Kind::Reject, 1));
    assert_eq!(settled.reached, None, "not before it is buried");
    assert_eq!(delivery.bury(), Some(11));
    assert!(delivery.current().is_none());
}

#[test]
fn what_is_away_is_waited_for_without_end_and_held_against_no_record() {
    let mut delivery = delivery(2);
    for _ in 0..100 {
        let settled = delivery.settle(Err(&failed(0, Reason::Unavailable)));
        assert!(matches!(settled.then, Then::Wait(_)), "{settled:?}");
    }
    let overloaded = Fault::Broke(CallError::Overloaded);
    assert!(matches!(delivery.settle(Err(&overloaded)).then, Then::Wait(_)));
    for _ in 0..ATTEMPTS - 1 {
        let settled = delivery.settle(Err(&failed(0, Reason::Retry)));
        assert!(matches!(settled.then, Then::Wait(_)), "{settled:?}");
    }
    let settled = delivery.settle(Err(&failed(0, Reason::Retry)));
    assert!(matches!(settled.then, Then::DeadLetter(Sentence { attempts: ATTEMPTS, .. })));
}

#[test]
fn a_batch_that_breaks_the_handler_is_bisected_until_the_record_is_alone() {
    for bad in 1..=9 {
        let Ran { delivered, buried, reached } = run(delivery(9), |messages| {
            match messages.iter().any(|message| message.offset == bad * 10) {
                true => Err(timeout()),
                false => Ok(()),
            }
        });
        let alone = delivered.iter().filter(|batch| **batch == [bad * 10]).count();
        assert_eq!(alone, usize::try_from(ATTEMPTS).expect("few"), "{delivered:?}");
        let [(offset, sentence)] = buried.as_slice() else { panic!("{buried:?}") };
        assert_eq!(
            (*offset, sentence.kind, sentence.attempts),
            (bad * 10, Kind::Timeout, ATTEMPTS)
        );
        assert!(reached.is_sorted(), "{reached:?}");
        assert_eq!(reached.last(), Some(&91));
        // Each other record was done, once, in order.
        let done: Vec<i64> = delivered
            .iter()
            .filter(|batch| !batch.contains(&(bad * 10)))
            .flatten()
            .copied()
            .collect();
        let others: Vec<i64> = (1..=9).filter(|number| *number != bad).map(|n| n * 10).collect();
        assert_eq!(done, others, "{delivered:?}");
    }
}

#[test]
fn every_record_that_breaks_the_handler_is_found() {
    let Ran { buried, reached, .. } = run(delivery(20), |messages| {
        match messages.iter().any(|message| message.offset % 30 == 0) {
            true => Err(timeout()),
            false => Ok(()),
        }
    });
    let offsets: Vec<i64> = buried.iter().map(|(offset, _)| *offset).collect();
    assert_eq!(offsets, [30, 60, 90, 120, 150, 180]);
    assert!(reached.is_sorted(), "{reached:?}");
    assert_eq!(reached.last(), Some(&201));
}

#[test]
fn a_handler_that_names_a_record_of_no_batch_is_taken_as_one_that_names_none() {
    let Ran { delivered, buried, .. } = run(delivery(2), |_| Err(failed(99, Reason::Retry)));
    assert_eq!(delivered[..2], [vec![10, 20], vec![10]]);
    assert_eq!(buried.len(), 2);
    let mut outage = super::tests::delivery(2);
    let settled = outage.settle(Err(&failed(99, Reason::Unavailable)));
    assert!(matches!(settled.then, Then::Wait(_)), "{settled:?}");
    assert_eq!(current(&outage), [(10, 2), (20, 2)]);
}
