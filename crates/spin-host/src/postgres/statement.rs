//! What a statement leaves behind in its session, told from its text.
//!
//! Postgres tells after each statement whether a transaction is open, but tokio-postgres doesn't pass it on. The text is
//! enough: statements arrive one at a time by the extended protocol, in which nothing but `begin` and `start` can open a
//! transaction, and whatever isn't known to leave nothing behind counts as if it did.
//!
//! What it can't see: a function of the schema that sets a setting or takes a session's lock inside.

/// What a statement does to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing that outlives it (or its transaction).
    None,
    /// A transaction may be open from now on.
    Opens,
    /// If it succeeds, no transaction is open any more.
    Closes,
    /// It may have changed settings, locks, temporary tables, …
    Dirties,
}

/// Functions that change the session, wherever they stand in a statement.
const SESSION_FUNCTIONS: [&str; 4] =
    ["set_config", "advisory_lock", "pg_advisory_unlock", "dblink"];

/// Reads the effect from the text.
pub(super) fn effect(statement: &str) -> Effect {
    let lower = statement.to_ascii_lowercase();
    let mut words = words(&lower);
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match first {
        "select" | "insert" | "update" | "delete" | "with" | "values" | "table" | "merge"
        | "explain" => {
            let calls = SESSION_FUNCTIONS.iter().any(|function| lower.contains(function));
            if calls || makes_temporary_table(&lower) { Effect::Dirties } else { Effect::None }
        }
        "lock" | "notify" | "release" | "savepoint" | "show" => Effect::None,
        "set" if ["local", "transaction", "constraints"].contains(&second) => Effect::None,
        "begin" | "start" => Effect::Opens,
        "rollback" if second == "to" || second == "work" && words.next() == Some("to") => {
            Effect::None
        }
        "commit" | "end" | "rollback" | "abort" if lower.contains("chain") => Effect::Opens,
        "commit" | "end" | "rollback" | "abort" if second != "prepared" => Effect::Closes,
        _ => Effect::Dirties,
    }
}

/// `select … into temp t`.
fn makes_temporary_table(lower: &str) -> bool {
    let mut words = words(lower);
    while let Some(word) = words.next() {
        let target = words.clone().next().unwrap_or_default();
        if word == "into"
            && (["temp", "temporary", "local", "global"].contains(&target)
                || target.starts_with("pg_temp"))
        {
            return true;
        }
    }
    false
}

/// Words between white space, comments and the punctuation that may touch a keyword.
fn words(mut text: &str) -> impl Iterator<Item = &str> + Clone {
    std::iter::from_fn(move || {
        loop {
            text = text.trim_start_matches(|c: char| c.is_whitespace() || "();,".contains(c));
            if let Some(comment) = text.strip_prefix("--") {
                text = comment.split_once('\n').map_or("", |(_, rest)| rest);
            } else if text.starts_with("/*") {
                text = after_comment(text);
            } else {
                break;
            }
        }
        let end =
            text.find(|c: char| c.is_whitespace() || "();,".contains(c)).unwrap_or(text.len());
        let comment = [text.find("--"), text.find("/*")].into_iter().flatten().min().unwrap_or(end);
        let (word, rest) = text.split_at(end.min(comment));
        text = rest;
        (!word.is_empty()).then_some(word)
    })
}

/// Comments of Postgres nest.
fn after_comment(text: &str) -> &str {
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") if depth == 1 => return &text[at + 2..],
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects() {
        let check = |statement: &str, expected: Effect| {
            assert_eq!(effect(statement), expected, "{statement}")
        };
        for statement in [
            "select 1",
            "SELECT 1",
            "(select 1) union (select 2)",
            "with x as (insert into t values (1) returning *) select * from x",
            "  -- begin\n select 1",
            "/* begin /* nested */ begin */ select 1",
            "insert into temperatures values (1)",
            "update t set a = 1",
            "set local statement_timeout = 1",
            "savepoint s",
            "rollback to s",
            "rollback work to savepoint s",
            "release s",
            "select pg_advisory_xact_lock(1)",
            "select--x\n1",
            "",
        ] {
            let expected = if statement.is_empty() { Effect::Dirties } else { Effect::None };
            check(statement, expected);
        }
        for statement in [
            "begin",
            "BEGIN;",
            "start transaction read only",
            "/**/begin",
            "commit and chain",
            "rollback and chain",
            "begin/*x*/",
        ] {
            check(statement, Effect::Opens);
        }
        for statement in ["commit", "end", "rollback", "abort", "rollback;", "commit work"] {
            check(statement, Effect::Closes);
        }
        for statement in [
            "set timezone = 'UTC'",
            "select set_config('a.b', 'c', false)",
            "select pg_advisory_lock(1)",
            "select pg_try_advisory_lock(1)",
            "create temp table t (a int)",
            "select 1 into temp t",
            "select 1 into pg_temp.t",
            "listen x",
            "prepare p as select 1",
            "declare c cursor with hold for select 1",
            "do $$ begin end $$",
            "call p()",
            "discard all",
            "prepare transaction 'x'",
            "commit prepared 'x'",
            "reset all",
            "load 'x'",
            "/* never ends",
        ] {
            check(statement, Effect::Dirties);
        }
    }
}
