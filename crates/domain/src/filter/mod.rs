//! Which tasks: an expression such as `due < now+7d & priority = high`.
//!
//! It is read into typed conditions, and these are written as a predicate of SQL's JSON path language (ISO/IEC 19075-6)
//! with named values beside it: nothing that a client wrote becomes part of a statement, and one static statement
//! evaluates every filter. What is local (a day, "today", "seven days from now") is told as such, because only Postgres
//! knows the time zones.

mod parse;

use std::fmt;

use serde_json::{Map, Value, json};

use crate::Priority;

pub use parse::FilterError;

/// What a task has to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    conditions: Vec<Expression>,
}

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Condition(Field, Operator, Operand),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

/// What of a task is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Status,
    Priority,
    /// Any of its tags.
    Tag,
    Title,
    Due,
    Created,
    Updated,
    Completed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Null,
    Text(String),
    Priority(Priority),
    Time(Moment),
}

/// A time on the wall of whoever asks.
#[derive(Debug, Clone, PartialEq)]
struct Moment {
    /// `now`, `today`, a day, or an RFC 3339 date-time.
    base: String,
    add: Steps,
    /// Whether it is a whole day and no instant.
    is_day: bool,
}

/// How much is added, by the names that Postgres has for the units. Each stands there once: text that names a unit twice is
/// no interval.
#[derive(Debug, Clone, Default, PartialEq)]
struct Steps(Vec<(i32, &'static str)>);

/// A filter as the statement takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// A predicate of the JSON path language about a task's fields.
    pub path: String,
    /// Its values, by name: a text, a number, or `{base, add}` for a time.
    pub values: Map<String, Value>,
}

impl Filter {
    /// Also: what the expression says.
    ///
    /// # Errors
    /// If it is none: where, and what was expected there.
    pub fn and(&mut self, expression: &str) -> Result<(), FilterError> {
        self.conditions.push(parse::expression(expression)?);
        Ok(())
    }

    /// Also: it is of this priority.
    pub fn and_priority(&mut self, priority: Priority) {
        self.equal(Field::Priority, Operand::Priority(priority));
    }

    /// Also: it has this tag, whatever its case.
    pub fn and_tag(&mut self, tag: &str) {
        self.equal(Field::Tag, Operand::Text(tag.to_lowercase()));
    }

    /// Also: it is due before this time, as in an expression. `None`: it is no time.
    pub fn and_due_before(&mut self, time: &str) -> Option<()> {
        self.due(Operator::Less, time)
    }

    /// Also: it is due at this time or later, as in an expression; after a day, if it is one. `None`: it is no time.
    pub fn and_due_after(&mut self, time: &str) -> Option<()> {
        self.due(Operator::Greater, time)
    }

    fn due(&mut self, operator: Operator, time: &str) -> Option<()> {
        let time = Operand::Time(parse::moment(time)?);
        self.conditions.push(Expression::Condition(Field::Due, operator, time));
        Some(())
    }

    fn equal(&mut self, field: Field, operand: Operand) {
        self.conditions.push(Expression::Condition(field, Operator::Equal, operand));
    }

    /// Whether it says anything about the status.
    pub fn names_status(&self) -> bool {
        self.conditions.iter().any(Expression::names_status)
    }

    /// As the statement takes it. `None`: it lets everything through.
    pub fn predicate(&self) -> Option<Predicate> {
        let mut values = Map::new();
        let path = joined(&self.conditions, ALL, &mut values);
        (!self.conditions.is_empty()).then_some(Predicate { path, values })
    }
}

impl Expression {
    fn names_status(&self) -> bool {
        match self {
            Self::Condition(field, ..) => *field == Field::Status,
            Self::Not(inner) => inner.names_status(),
            Self::And(all) | Self::Or(all) => all.iter().any(Self::names_status),
        }
    }

    fn write(&self, values: &mut Map<String, Value>) -> String {
        match self {
            Self::Condition(field, operator, operand) => {
                condition(*field, *operator, operand, values)
            }
            Self::Not(inner) => format!("(!({}))", inner.write(values)),
            Self::And(all) => joined(all, ALL, values),
            Self::Or(any) => joined(any, ANY, values),
        }
    }
}

/// What stands between parts of which all have to be true, and any.
const ALL: &str = " && ";
const ANY: &str = " || ";

fn joined(parts: &[Expression], sign: &str, values: &mut Map<String, Value>) -> String {
    let parts: Vec<String> = parts.iter().map(|part| part.write(values)).collect();
    format!("({})", parts.join(sign))
}

fn condition(
    field: Field,
    operator: Operator,
    operand: &Operand,
    values: &mut Map<String, Value>,
) -> String {
    // "Due on a day" is due from its beginning until the next one's; "after a day" is from the next one's on.
    if let Operand::Time(moment) = operand
        && moment.is_day
    {
        let (first, next) = (moment.clone(), moment.day_after());
        let compare = |operator, moment, values: &mut Map<String, Value>| {
            comparison(field, operator, &Operand::Time(moment), values)
        };
        return match operator {
            Operator::Equal | Operator::NotEqual => {
                let from = compare(Operator::AtLeast, first, values);
                let until = compare(Operator::Less, next, values);
                let sign = if operator == Operator::NotEqual { "!" } else { "" };
                format!("({sign}({from} && {until}))")
            }
            Operator::Less => compare(Operator::Less, first, values),
            Operator::AtLeast => compare(Operator::AtLeast, first, values),
            Operator::AtMost => compare(Operator::Less, next, values),
            Operator::Greater => compare(Operator::AtLeast, next, values),
        };
    }
    comparison(field, operator, operand, values)
}

fn comparison(
    field: Field,
    operator: Operator,
    operand: &Operand,
    values: &mut Map<String, Value>,
) -> String {
    let path = field.path();
    let value = match operand {
        Operand::Null => Value::Null,
        Operand::Text(text) => json!(text),
        Operand::Priority(priority) => json!(rank(*priority)),
        Operand::Time(moment) => json!({ "base": moment.base, "add": moment.add.to_string() }),
    };
    let name = format!("v{}", values.len());
    values.insert(name.clone(), value);
    let test = format!("({path} {} ${name})", operator.sign());
    // Of several tags, one that is different doesn't count.
    if operator == Operator::NotEqual { format!("(!{test})") } else { test }
}

/// As the statement ranks priorities.
fn rank(priority: Priority) -> u8 {
    match priority {
        Priority::Low => 1,
        Priority::Medium => 2,
        Priority::High => 3,
    }
}

impl Moment {
    fn day_after(&self) -> Self {
        let mut next = self.clone();
        next.add.plus(1, "days");
        next
    }
}

impl Steps {
    fn plus(&mut self, count: i32, unit: &'static str) {
        match self.0.iter_mut().find(|(_, known)| *known == unit) {
            Some((sum, _)) => *sum += count,
            None => self.0.push((count, unit)),
        }
    }
}

impl fmt::Display for Steps {
    /// As Postgres' intervals are written: `7 days -1 hours`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (count, unit)) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{count} {unit}")?;
        }
        Ok(())
    }
}

impl Field {
    /// Where it stands in what the statement makes of a task.
    fn path(self) -> &'static str {
        match self {
            Self::Status => "$.status",
            Self::Priority => "$.priority",
            Self::Tag => "$.tag[*]",
            Self::Title => "$.title",
            Self::Due => "$.due",
            Self::Created => "$.created",
            Self::Updated => "$.updated",
            Self::Completed => "$.completed",
        }
    }
}

impl Operator {
    /// In the JSON path language; what is not equal is what isn't equal.
    fn sign(self) -> &'static str {
        match self {
            Self::Equal | Self::NotEqual => "==",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, path: &str, values: Value) {
        let mut filter = Filter::default();
        filter.and(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        let predicate = filter.predicate().unwrap();
        assert_eq!((predicate.path.as_str(), Value::Object(predicate.values)), (path, values));
    }

    #[test]
    fn a_filter_becomes_a_predicate_with_values_beside_it() {
        check(
            "due < now+7d & priority = high",
            "((($.due < $v0) && ($.priority == $v1)))",
            json!({ "v0": { "base": "now", "add": "7 days" }, "v1": 3 }),
        );
        check(
            "!(tag = Home | title = \"buy $v0 \\\" milk\")",
            "((!((($.tag[*] == $v0) || ($.title == $v1)))))",
            json!({ "v0": "home", "v1": "buy $v0 \" milk" }),
        );
        check("tag != home", "((!($.tag[*] == $v0)))", json!({ "v0": "home" }));
        check("due = null", "(($.due == $v0))", json!({ "v0": null }));
    }

    #[test]
    fn a_day_is_all_of_its_hours() {
        let day = |add: &str| json!({ "base": "2026-11-25", "add": add });
        check(
            "due = 2026-11-25",
            "(((($.due >= $v0) && ($.due < $v1))))",
            json!({ "v0": day(""), "v1": day("1 days") }),
        );
        check("due > 2026-11-25", "(($.due >= $v0))", json!({ "v0": day("1 days") }));
        check("due <= 2026-11-25+1w", "(($.due < $v0))", json!({ "v0": day("8 days") }));
    }

    #[test]
    fn a_filter_of_nothing_lets_everything_through() {
        let filter = Filter::default();
        assert!(!filter.names_status());
        assert_eq!(filter.predicate(), None);
    }

    #[test]
    fn parameters_are_conditions_too() {
        let mut filter = Filter::default();
        filter.and_priority(Priority::Low);
        filter.and_tag("Home");
        filter.and_due_before("today").unwrap();
        filter.and_due_after("2026-11-25T09:00:00+01:00").unwrap();
        assert!(filter.and_due_after("soon").is_none());
        let predicate = filter.predicate().unwrap();
        assert_eq!(
            predicate.path,
            "(($.priority == $v0) && ($.tag[*] == $v1) && ($.due < $v2) && ($.due > $v3))"
        );
        assert_eq!(predicate.values["v3"]["base"], "2026-11-25T08:00:00Z");
    }
}
