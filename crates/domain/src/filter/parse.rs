//! Reading a filter.

use super::{Expression, Field, Moment, Operand, Operator, Steps};
use crate::{DueDate, Priority, Status};

/// How long a filter may be, in characters.
const MOST: usize = 1000;
/// How deep parentheses and negations may nest.
const DEPTH: usize = 16;
/// How many conditions a filter may have; each is evaluated for each task.
const CONDITIONS: usize = 50;

const FIELDS: [(&str, Field); 8] = [
    ("status", Field::Status),
    ("priority", Field::Priority),
    ("tag", Field::Tag),
    ("title", Field::Title),
    ("due", Field::Due),
    ("created", Field::Created),
    ("updated", Field::Updated),
    ("completed", Field::Completed),
];

/// The longer ones first.
const OPERATORS: [(&str, Operator); 6] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

const A_FIELD: &str =
    "one of status, priority, tag, title, due, created, updated, completed, or ! or (";
const A_TIME: &str = "now, today, a day such as 2026-11-21 or an RFC 3339 date-time, and then, if need be, +7d or -1h \
                      (s, m, h, d, w, M, y), or null";

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: expected {expected}")]
pub struct FilterError {
    at: usize,
    expected: &'static str,
}

/// Reads an expression: `|` binds least, then `&`, then `!`.
pub(super) fn expression(text: &str) -> Result<Expression, FilterError> {
    let mut parser = Parser { text, at: 0, conditions: 0 };
    if text.chars().nth(MOST).is_some() {
        return Err(FilterError {
            at: MOST + 1,
            expected: "an end: a filter has at most 1,000 characters",
        });
    }
    let expression = parser.or(0)?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(expression) } else { Err(parser.expected("&, | or an end")) }
}

/// Reads a time alone.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let mut parser = Parser { text, at: 0, conditions: 0 };
    let moment = parser.moment()?;
    parser.rest().is_empty().then_some(moment)
}

struct Parser<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
    conditions: usize,
}

impl Parser<'_> {
    fn or(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut any = vec![self.and(depth)?];
        while self.takes("|") {
            self.takes("|");
            any.push(self.and(depth)?);
        }
        Ok(one_or(any, Expression::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut all = vec![self.not(depth)?];
        while self.takes("&") {
            self.takes("&");
            all.push(self.not(depth)?);
        }
        Ok(one_or(all, Expression::And))
    }

    fn not(&mut self, depth: usize) -> Result<Expression, FilterError> {
        if depth > DEPTH {
            return Err(self.expected("fewer parentheses and negations in one another, 16 at most"));
        }
        if self.takes("!") {
            return Ok(Expression::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.takes("(") {
            let inner = self.or(depth + 1)?;
            return if self.takes(")") { Ok(inner) } else { Err(self.expected("&, | or )")) };
        }
        self.condition()
    }

    fn condition(&mut self) -> Result<Expression, FilterError> {
        self.conditions += 1;
        if self.conditions > CONDITIONS {
            return Err(self.expected("an end: a filter has at most 50 conditions"));
        }
        self.skip_space();
        let word = self.word();
        let field = FIELDS.iter().find(|(name, _)| *name == word).map(|(_, field)| *field);
        let field = field.ok_or_else(|| self.expected(A_FIELD))?;
        self.at += word.len();
        self.skip_space();
        let operator = OPERATORS.iter().find(|(sign, _)| self.takes(sign));
        let (_, operator) = operator.ok_or_else(|| self.expected("one of = != < <= > >="))?;
        self.skip_space();
        let (start, operand) = (self.at, self.operand(field));
        let operand = operand.ok_or_else(|| {
            self.at = start;
            self.expected(match field {
                Field::Status => "active, completed, deleted",
                Field::Priority => "low, medium, high",
                Field::Tag | Field::Title => "a word, or a text in double quotes",
                Field::Due | Field::Created | Field::Updated | Field::Completed => A_TIME,
            })
        })?;
        let is_ordered = !matches!(field, Field::Status | Field::Tag) && operand != Operand::Null;
        if !is_ordered && !matches!(operator, Operator::Equal | Operator::NotEqual) {
            self.at = start;
            return Err(self.expected("= or != before it, because it has no order"));
        }
        Ok(Expression::Condition(field, *operator, operand))
    }

    fn operand(&mut self, field: Field) -> Option<Operand> {
        match field {
            Field::Status => {
                let word = self.word().to_owned();
                let status = Status::parse(&word)?;
                self.at += word.len();
                Some(Operand::Text(status.as_str().to_owned()))
            }
            Field::Priority => {
                let word = self.word();
                let priority = Priority::parse(word)?;
                self.at += word.len();
                Some(Operand::Priority(priority))
            }
            Field::Tag | Field::Title => self.text().map(|it| Operand::Text(it.to_lowercase())),
            Field::Due | Field::Created | Field::Updated | Field::Completed => {
                if self.word() == "null" {
                    self.at += "null".len();
                    return Some(Operand::Null);
                }
                self.moment().map(Operand::Time)
            }
        }
    }

    /// A word, or a text in double quotes in which `\"` is a quote and `\\` a backslash.
    fn text(&mut self) -> Option<String> {
        if !self.rest().starts_with('"') {
            let word = self.word().to_owned();
            self.at += word.len();
            return (!word.is_empty()).then_some(word);
        }
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += at + 1;
                    return Some(text);
                }
                '\\' => text
                    .push(characters.next().map(|(_, it)| it).filter(|it| "\"\\".contains(*it))?),
                '\0' => return None,
                _ => text.push(character),
            }
        }
        None
    }

    fn moment(&mut self) -> Option<Moment> {
        let rest = self.rest();
        let (base, length, mut is_day) = if rest.starts_with("now") {
            ("now".to_owned(), 3, false)
        } else if rest.starts_with("today") {
            ("today".to_owned(), 5, true)
        } else {
            self.date()?
        };
        self.at += length;
        let (mut add, mut steps) = (Steps::default(), 0);
        while let Some((count, unit, length)) = step(self.rest()) {
            is_day &= unit != "hours" && unit != "minutes" && unit != "seconds";
            add.plus(count, unit);
            steps += 1;
            if steps > 4 {
                return None;
            }
            self.at += length;
        }
        Some(Moment { base, add, is_day })
    }

    /// A date-time or a day at the beginning of the rest, in UTC if it is an instant, and how long it is.
    fn date(&self) -> Option<(String, usize, bool)> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_digit() || "-+:.TtZz".contains(c);
        let longest = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        // The longest that is one: what follows may be `+7d`.
        (10..=longest.min(40)).rev().find_map(|length| match rest.get(..length)?.parse().ok()? {
            DueDate::At(time) => Some((time.to_string(), length, false)),
            DueDate::On(day) => Some((day.to_string(), length, true)),
        })
    }

    /// Letters, digits, `_` and `-` at the beginning of the rest, of any script.
    fn word(&self) -> &str {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || "_-".contains(c);
        &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())]
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(sign);
        if is_there {
            self.at += sign.len();
        }
        is_there
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn expected(&self, expected: &'static str) -> FilterError {
        FilterError { at: self.text[..self.at].chars().count() + 1, expected }
    }
}

/// `+7d` or `-1M`: how many of which unit (Postgres' names), and how long that is.
fn step(text: &str) -> Option<(i32, &'static str, usize)> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits = text[1..].find(|c: char| !c.is_ascii_digit()).map(|end| &text[1..=end])?;
    let count: i32 = digits.parse().ok().filter(|count| digits.len() <= 4 && *count >= 0)?;
    let (factor, unit) = match text[1 + digits.len()..].chars().next()? {
        's' => (1, "seconds"),
        'm' => (1, "minutes"),
        'h' => (1, "hours"),
        'd' => (1, "days"),
        'w' => (7, "days"),
        'M' => (1, "months"),
        // So that nothing that is added up leaves Postgres' calendar.
        'y' if count <= 1000 => (1, "years"),
        _ => return None,
    };
    let length = 1 + digits.len() + 1;
    let goes_on = text[length..].starts_with(|c: char| c.is_alphanumeric());
    (!goes_on).then_some((sign * factor * count, unit, length))
}

fn one_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        match expression(text) {
            Ok(read) => panic!("{text} is read as {read:?}"),
            Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        check("", &format!("at character 1: expected {A_FIELD}"));
        check("colour = red", &format!("at character 1: expected {A_FIELD}"));
        check("due", "at character 4: expected one of = != < <= > >=");
        check("priority = urgent", "at character 12: expected low, medium, high");
        check("آ", &format!("at character 1: expected {A_FIELD}"));
        check("title = آج &", &format!("at character 13: expected {A_FIELD}"));
        check("due < soon", &format!("at character 7: expected {A_TIME}"));
        check("due < now+7x", "at character 10: expected &, | or an end");
        check("due < now+99999d", "at character 10: expected &, | or an end");
        check("due < null", "at character 7: expected = or != before it, because it has no order");
        check(
            "status > active",
            "at character 10: expected = or != before it, because it has no order",
        );
        check("(tag = a", "at character 9: expected &, | or )");
        check("tag = a)", "at character 8: expected &, | or an end");
        check("tag = \"a", "at character 7: expected a word, or a text in double quotes");
        check("tag = a tag = b", "at character 9: expected &, | or an end");
        check(
            &"(".repeat(500),
            "at character 18: expected fewer parentheses and negations in one another, 16 at most",
        );
        check(
            &["tag = a"; 51].join("&"),
            "at character 401: expected an end: a filter has at most 50 conditions",
        );
        check(
            &"x".repeat(1001),
            "at character 1001: expected an end: a filter has at most 1,000 characters",
        );
    }

    #[test]
    fn and_binds_more_than_or_and_not_more_than_both() {
        let tag = |name: &str| {
            Expression::Condition(Field::Tag, Operator::Equal, Operand::Text(name.to_owned()))
        };
        let expected = Expression::Or(vec![
            Expression::And(vec![Expression::Not(Box::new(tag("a"))), tag("b")]),
            tag("c"),
        ]);
        for text in ["!tag=a & tag=b | tag=c", "(((!tag = a)&&tag = b)) || (tag=c)"] {
            assert_eq!(expression(text), Ok(expected.clone()), "{text}");
        }
    }

    #[test]
    fn a_time_may_be_counted_from() {
        for (text, base, add, is_day) in [
            ("now", "now", "", false),
            ("now-90m", "now", "-90 minutes", false),
            ("today+1M-1d", "today", "1 months -1 days", true),
            ("today+9h", "today", "9 hours", false),
            ("2026-11-21-1w", "2026-11-21", "-7 days", true),
            // Postgres takes no unit twice.
            ("now+1d+2h-1w", "now", "-6 days 2 hours", false),
            ("2026-11-21T09:00:00+05:00+1h", "2026-11-21T04:00:00Z", "1 hours", false),
        ] {
            let read = moment(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (read.base.as_str(), read.add.to_string().as_str(), read.is_day),
                (base, add, is_day)
            );
        }
        for text in [
            "",
            "tomorrow",
            "now+",
            "now+1001y",
            "now+d",
            "now7d",
            "2026-13-01",
            "now+1d+1d+1d+1d+1d",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn whatever_is_written_is_read_or_refused() {
        let pieces = [
            "due",
            "tag",
            "=",
            "!=",
            "<",
            "now",
            "+7d",
            "\"",
            "\\",
            "آج",
            "(",
            ")",
            "!",
            "&",
            "|",
            " ",
            "2026-11-21",
            "T",
            "null",
            "é",
        ];
        let mut state: u64 = 7;
        let mut next = |most: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % most
        };
        for _ in 0..20_000 {
            let text: String = (0..next(12)).map(|_| pieces[next(pieces.len())]).collect();
            if let Err(error) = expression(&text) {
                assert!(error.at <= text.chars().count() + 1, "{text}: {error}");
            }
        }
    }
}
