//! Each kind of violation, in made-up data: a check that can't fail is worthless.

use super::*;

/// A world in which everything is as it should be, until a test changes it.
struct World {
    journal: Journal,
    checker: Checker,
}

/// Of a task `task`, the change `ordinal`; both are to be told apart in a message.
fn id(task: u8, ordinal: u8) -> Uuid {
    Uuid::from_bytes([0, 0, 0, task, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ordinal])
}

fn event(position: i64, task: u8, ordinal: u8) -> Event {
    Event { position, id: id(task, ordinal) }
}

fn record(partition: usize, offset: i64, task: u8, ordinal: u8) -> Record {
    Record { partition, offset, event: id(task, ordinal) }
}

fn effect(applied: i64, task: u8, ordinal: u8) -> Effect {
    Effect { id: id(task, ordinal), applied }
}

impl World {
    /// Two partitions; two tasks with four changes each, all acknowledged.
    fn new() -> Self {
        let mut journal = Journal::default();
        for task in 1..=2 {
            for ordinal in 1..=4 {
                let change = Change { task: id(task, 0), ordinal: ordinal.into() };
                journal.begins(id(task, ordinal), change);
                journal.ends(id(task, ordinal), Fate::Acknowledged);
            }
        }
        Self { journal, checker: Checker::new(2) }
    }

    /// One in which the first two changes of each task have come all the way.
    fn half_way() -> Self {
        let mut world = Self::new();
        assert_eq!(world.look(&half()), [""; 0]);
        world
    }

    fn look(&mut self, sight: &Sight) -> Vec<String> {
        self.checker.look(&self.journal, sight)
    }

    fn look_finds(mut self, sight: &Sight, expected: &str) {
        let found = self.look(sight);
        assert!(found.iter().any(|wrong| wrong.contains(expected)), "{expected}: {found:#?}");
    }
}

/// Task 1 is in partition 0, task 2 in partition 1.
fn half() -> Sight {
    Sight {
        committed: Some(vec![2, 2]),
        events: vec![event(1, 1, 1), event(2, 2, 1), event(3, 1, 2), event(4, 2, 2)],
        records: vec![
            record(0, 0, 1, 1),
            record(0, 1, 1, 2),
            record(1, 0, 2, 1),
            record(1, 1, 2, 2),
        ],
        effects: vec![effect(3, 1, 1), effect(4, 1, 2), effect(1, 2, 1), effect(2, 2, 2)],
    }
}

fn other_half() -> Sight {
    Sight {
        committed: Some(vec![4, 4]),
        events: vec![event(5, 1, 3), event(6, 1, 4), event(7, 2, 3), event(8, 2, 4)],
        records: vec![
            record(0, 2, 1, 3),
            record(0, 3, 1, 4),
            record(1, 2, 2, 3),
            record(1, 3, 2, 4),
        ],
        effects: vec![effect(7, 1, 3), effect(8, 1, 4), effect(9, 2, 3), effect(10, 2, 4)],
    }
}

#[test]
fn nothing_is_wrong_where_everything_is_right() {
    let mut world = World::half_way();
    assert_eq!(world.look(&other_half()), [""; 0]);
    let World { journal, checker } = world;
    assert_eq!(checker.finish(&journal), [""; 0]);
    assert_eq!(checker.all_rows("audit_logs", journal.acknowledged().to_vec()), [""; 0]);
    let records = [half().records, other_half().records].concat();
    assert_eq!(checker.all_records(&records), [""; 0]);
    assert_eq!((checker.duplicates, checker.events(), checker.waiting()), (0, 8, vec![]));
}

#[test]
fn what_comes_bit_by_bit_and_twice_is_right_too() {
    let mut world = World::new();
    let Sight { events, records, effects, .. } = half();
    assert_eq!(world.look(&Sight { events, ..Sight::default() }), [""; 0]);
    assert_eq!(world.look(&Sight { records, ..Sight::default() }), [""; 0]);
    assert_eq!(world.checker.waiting().len(), 4);
    assert_eq!(
        world.look(&Sight { effects, committed: Some(vec![2, 2]), ..Sight::default() }),
        [""; 0]
    );
    assert!(world.checker.has_effect(id(1, 2)));
    // A relay that died sends again what it may not have sent.
    let again = vec![record(0, 2, 1, 1), record(0, 3, 1, 2)];
    assert_eq!(world.look(&Sight { records: again, ..Sight::default() }), [""; 0]);
    assert_eq!((world.checker.duplicates, world.checker.waiting()), (2, vec![]));
}

#[test]
fn an_offset_ahead_of_its_effect_is_found() {
    let mut sight = other_half();
    sight.effects.retain(|effect| effect.id != id(2, 4));
    let mut world = World::half_way();
    let found = world.look(&sight);
    let expected =
        format!("group, partition 1: 4 is committed, and event {} at offset 3", id(2, 4));
    assert!(found.len() == 1 && found[0].starts_with(&expected), "{found:#?}");
    // The same, one offset less: the record waits, and nobody said that it is done.
    sight.committed = Some(vec![4, 3]);
    assert_eq!(World::half_way().look(&sight), [""; 0]);
}

#[test]
fn a_committed_offset_that_went_back_is_found() {
    let sight = Sight { committed: Some(vec![2, 1]), ..Sight::default() };
    World::half_way()
        .look_finds(&sight, "group, partition 1: its committed offset 2 went back to 1");
}

#[test]
fn an_offset_beyond_the_end_of_the_topic_is_found() {
    let sight = Sight { committed: Some(vec![3, 2]), ..Sight::default() };
    World::half_way().look_finds(&sight, "partition 0: 3 is committed, and the topic ends at 2");
}

#[test]
fn effects_in_the_wrong_order_are_found() {
    let mut sight = other_half();
    sight.effects = vec![effect(8, 1, 3), effect(7, 1, 4)];
    sight.committed = None;
    World::half_way()
        .look_finds(&sight, "effects: event 00000001-0000-0000-0000-000000000004 is change 4");
}

#[test]
fn an_effect_that_is_there_before_its_predecessors_is_found() {
    let mut sight = other_half();
    sight.effects = vec![effect(8, 1, 4)];
    sight.committed = None;
    World::half_way().look_finds(
        &sight,
        "change 4 of task 00000001-0000-0000-0000-000000000000, and follows change 2",
    );
}

#[test]
fn an_effect_that_was_written_before_its_predecessor_is_found_later_too() {
    let mut sight = other_half();
    sight.effects = vec![effect(2, 1, 3)];
    sight.committed = None;
    World::half_way().look_finds(&sight, "was applied as 2, the one before it as 4");
}

#[test]
fn two_effects_of_one_event_are_found() {
    let sight = Sight { effects: vec![effect(9, 1, 2)], ..Sight::default() };
    World::half_way().look_finds(&sight, "has two, applied as 4 and 9");
    let rows = [id(1, 1), id(1, 2), id(2, 1), id(2, 2), id(1, 2)];
    let found = World::half_way().checker.all_rows("audit_logs", rows);
    assert_eq!(found, [format!("audit_logs: row {} is there twice", id(1, 2))]);
}

#[test]
fn an_effect_without_an_event_is_found() {
    let sight = Sight { effects: vec![effect(9, 3, 1)], ..Sight::default() };
    World::half_way().look_finds(&sight, "000000000001 has no event");
    let rows = [id(1, 1), id(1, 2), id(2, 1), id(2, 2), id(3, 1)];
    let found = World::half_way().checker.all_rows("audit_logs", rows);
    assert_eq!(found, [format!("audit_logs: row {} has no event", id(3, 1))]);
}

#[test]
fn an_effect_that_disappears_is_found() {
    let found = World::half_way().checker.all_rows("audit_logs", [id(1, 1), id(1, 2), id(2, 1)]);
    assert_eq!(found, [format!("audit_logs: row {} was there, or never came", id(2, 2))]);
}

#[test]
fn an_acknowledged_change_that_is_lost_is_found() {
    // Between others, at once.
    let mut sight = other_half();
    sight.events = vec![event(5, 1, 4)];
    World::half_way()
        .look_finds(&sight, "outbox: event 00000001-0000-0000-0000-000000000004 is change 4");
    // At a task's end, at last.
    let World { journal, checker } = World::half_way();
    let found = checker.finish(&journal);
    let lost = found.iter().filter(|wrong| wrong.starts_with("outbox: acknowledged event"));
    assert_eq!(lost.count(), 4, "{found:#?}");
}

#[test]
fn an_event_that_comes_after_the_load_has_found_it_absent_is_found() {
    let mut world = World::half_way();
    world.journal.ends(id(1, 3), Fate::Absent);
    world.look_finds(&other_half(), "was not there when the load looked for it");
}

#[test]
fn an_event_that_nobody_wrote_and_one_that_is_there_twice_are_found() {
    let sight = Sight { events: vec![event(5, 9, 1)], ..Sight::default() };
    World::half_way().look_finds(&sight, "outbox: nobody wrote event");
    let sight = Sight { events: vec![event(5, 1, 2)], ..Sight::default() };
    World::half_way().look_finds(&sight, "is there twice");
}

#[test]
fn a_gap_of_positions_is_found() {
    let sight = Sight { events: vec![event(6, 1, 3)], ..Sight::default() };
    World::half_way().look_finds(&sight, "outbox: position 6 of event");
}

#[test]
fn an_event_that_is_lost_on_its_way_to_the_topic_is_found() {
    // Between others, at once.
    let mut sight = other_half();
    sight.records = vec![record(0, 2, 1, 4)];
    sight.committed = None;
    sight.effects = Vec::new();
    World::half_way().look_finds(
        &sight,
        "topic, partition 0, offset 2: event 00000001-0000-0000-0000-000000000004 is change 4",
    );
    // At a task's end, at last.
    let mut world = World::half_way();
    sight.records = vec![record(0, 2, 1, 3)];
    world.look(&sight);
    let found = world.checker.finish(&world.journal);
    let expected = format!("topic: event {} of position 6 is lost", id(1, 4));
    assert!(found.contains(&expected), "{found:#?}");
}

#[test]
fn records_out_of_the_order_of_positions_are_found() {
    let mut world = World::new();
    // Of different tasks, so that nothing but their positions tells.
    let events = vec![event(1, 1, 1), event(2, 2, 1)];
    let records = vec![record(0, 0, 2, 1), record(0, 1, 1, 1)];
    let found = world.look(&Sight { events, records, ..Sight::default() });
    let expected = "of position 1 comes for the first time after position 2";
    assert!(found.len() == 1 && found[0].contains(expected), "{found:#?}");
}

#[test]
fn a_record_without_an_event_is_found() {
    let sight = Sight { records: vec![record(0, 2, 9, 1)], ..Sight::default() };
    World::half_way().look_finds(&sight, "is not in the outbox");
}

#[test]
fn a_gap_of_offsets_is_found() {
    let mut sight = other_half();
    sight.records = vec![record(0, 3, 1, 3)];
    World::half_way().look_finds(&sight, "topic, partition 0, offset 3: follows 1");
}

#[test]
fn records_that_change_or_disappear_are_found() {
    let checker = World::half_way().checker;
    let mut records = half().records;
    records[1].event = id(9, 9);
    assert!(checker.all_records(&records)[0].starts_with("topic, partition 0, offset 1: event"));
    records = half().records;
    records.pop();
    assert_eq!(
        checker.all_records(&records),
        ["topic, partition 1: 1 records are there, and 2 were"]
    );
}

#[test]
fn what_is_left_undone_at_the_end_is_found() {
    let mut world = World::half_way();
    let sight = Sight { committed: Some(vec![3, 4]), effects: vec![], ..other_half() };
    world.look(&Sight { committed: Some(vec![2, 2]), ..sight });
    let found = world.checker.finish(&world.journal);
    let expected = [
        "group, partition 0: 2 is committed, and the topic ends at 4".to_owned(),
        format!("effects: event {} of position 8 has none", id(2, 4)),
    ];
    assert!(expected.iter().all(|wrong| found.contains(wrong)), "{found:#?}");
}
