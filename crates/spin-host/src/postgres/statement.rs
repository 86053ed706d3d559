//! What a statement leaves behind in its session, told from its text.
//!
//! Postgres tells after each statement whether a transaction is open, but tokio-postgres doesn't pass it on. The text is
//! enough: statements arrive one at a time by the extended protocol, in which nothing but `begin` and `start` can open a
//! transaction, and whatever isn't known to leave nothing behind counts as if it did.
//!
//! What it can't see: a function of the schema or of an extension that sets a setting or takes a session's lock inside.

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

/// What changes the session, wherever it stands in a statement: functions, those that run a statement given as text, the
/// view whose `update` is a `set`, and escapes in which any of these could be written.
const SESSION_WORDS: [&str; 13] = [
    "set_config",
    "setseed",
    "pg_settings",
    "advisory_lock",
    "pg_advisory_unlock",
    "replication_slot",
    "dblink",
    "query_to_",
    "ts_stat",
    "ts_rewrite",
    "crosstab",
    "connectby",
    "u&\"",
];

/// Reads the effect from the text.
pub(super) fn effect(statement: &str) -> Effect {
    let lower = statement.to_ascii_lowercase();
    let mut words = Words(&lower);
    let first = words.next().unwrap_or_default();
    match first {
        "select" | "insert" | "update" | "delete" | "with" | "values" | "table" | "merge" => {
            let dirties = SESSION_WORDS.iter().any(|word| lower.contains(word));
            if dirties || makes_table(&lower) { Effect::Dirties } else { Effect::None }
        }
        "lock" | "notify" | "release" | "savepoint" | "show" => Effect::None,
        "set" => match words.next() {
            Some("local" | "transaction" | "constraints") => Effect::None,
            _ => Effect::Dirties,
        },
        "begin" | "start" => Effect::Opens,
        "commit" | "end" | "rollback" | "abort" => {
            let mut words = words.skip_while(|word| ["work", "transaction"].contains(word));
            match words.next() {
                None => Effect::Closes,
                Some("to") => Effect::None,
                Some("prepared") => Effect::Dirties,
                // `and chain`, and whatever else: rolling back once too often harms nobody.
                Some(_) => Effect::Opens,
            }
        }
        // `explain analyze` runs what stands in it, and whoever explains can wait for a new session.
        _ => Effect::Dirties,
    }
}

/// Whether it has an `into` that isn't known to be an `insert`'s or a `merge`'s: `select … into temp t`. That `insert` may
/// be a column's name, so what is written into must not be temporary by its own words either.
fn makes_table(lower: &str) -> bool {
    const TEMPORARY: [&str; 5] = ["temp", "temporary", "local", "global", "table"];
    let mut words = Words(lower);
    let mut before = "";
    while let Some(word) = words.next() {
        if word == "into" {
            let inserts = ["insert", "merge"].contains(&before);
            let target = words.next().unwrap_or_default();
            if !inserts || TEMPORARY.contains(&target) || target.starts_with("pg_temp") {
                return true;
            }
        }
        before = word;
    }
    false
}

/// The words of a statement: keywords, names, numbers; a quoted name without its quotes. Not what stands in comments and
/// literals. Each character is looked at once, however long the statement is.
struct Words<'a>(&'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let text = self.0;
            let mut characters = text.chars();
            let rest = match characters.next()? {
                '-' if text.starts_with("--") => after(text, "\n"),
                '/' if text.starts_with("/*") => after_comment(text),
                // A doubled quote inside ends one literal and begins another: the same to us.
                '\'' => after(&text[1..], "'"),
                '"' => {
                    let (name, rest) = text[1..].split_once('"').unwrap_or((&text[1..], ""));
                    self.0 = rest;
                    return Some(name);
                }
                '$' => after_dollar(text),
                c if in_word(c) => {
                    let (word, rest) =
                        text.split_at(text.find(|c| !in_word(c) && c != '$').unwrap_or(text.len()));
                    self.0 = match rest.strip_prefix('\'') {
                        Some(literal) if word == "e" => after_escapes(literal),
                        _ => rest,
                    };
                    return Some(word);
                }
                _ => characters.as_str(),
            };
            self.0 = rest;
        }
    }
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

/// What follows the next `end`.
fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// What follows a literal in which a backslash escapes its quote.
fn after_escapes(text: &str) -> &str {
    let mut escaped = false;
    let end = text.find(|c| {
        let ends = c == '\'' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or("", |end| &text[end + 1..])
}

/// What follows `$tag$ … $tag$`; of a parameter, its number.
fn after_dollar(text: &str) -> &str {
    let rest = &text[1..];
    let (tag, body) = rest.split_at(rest.find(|c| !in_word(c)).unwrap_or(rest.len()));
    match body.strip_prefix('$') {
        Some(body) if !tag.starts_with(|c: char| c.is_ascii_digit()) => {
            after(body, &text[..tag.len() + 2])
        }
        _ => rest,
    }
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

    fn check(expected: Effect, statements: &[&str]) {
        for statement in statements {
            assert_eq!(effect(statement), expected, "{statement}");
        }
    }

    #[test]
    fn what_leaves_nothing_behind() {
        check(
            Effect::None,
            &[
                "select 1",
                "SELECT 1",
                "(select 1) union (select 2)",
                "with x as (insert into t values (1) returning *) select * from x",
                "with x as (insert /* a\nnote */ into t values (1)) select 1",
                "merge into t using s on true when matched then delete",
                "  -- begin\n select 1",
                "/* begin /* nested */ begin */ select 1",
                "insert into temperatures values (1)",
                "insert into \"t\" values ('turn into gold', $1, $2)",
                "select e'it\\'s into', 'it''s into', $$ into $$, $a$ into $$ into $a$ -- into",
                "update t set a = 1",
                "set local statement_timeout = 1",
                "savepoint s",
                "release s",
                "select pg_advisory_xact_lock(1)",
                "select--x\n1",
                "select ü from ä",
            ],
        );
    }

    #[test]
    fn what_ends_a_transaction_and_what_only_looks_like_it() {
        check(
            Effect::Opens,
            &[
                "begin",
                "BEGIN;",
                "start transaction read only",
                "/**/begin",
                "commit and chain",
                "rollback and chain",
                "end transaction and chain",
                "begin/*x*/",
            ],
        );
        check(
            Effect::Closes,
            &[
                "commit",
                "end",
                "rollback",
                "abort",
                "rollback;",
                "commit work",
                "rollback transaction",
                "Rollback -- to s",
            ],
        );
        check(
            Effect::None,
            &[
                "rollback to s",
                "rollback to chain",
                "rollback work to savepoint s",
                "rollback transaction to savepoint s",
                "ROLLBACK TRANSACTION/**/TO s",
            ],
        );
    }

    #[test]
    fn what_dirties_a_session() {
        check(
            Effect::Dirties,
            &[
                "",
                "set timezone = 'UTC'",
                "set",
                "select set_config('a.b', 'c', false)",
                "select U&\"\\0073et_config\"('a.b', 'c', false)",
                "update pg_settings set setting = 'x' where name = 'application_name'",
                "select query_to_xml('select set_' || 'config(''a.b'', ''c'', false)', true, true, '')",
                "select ts_stat('select set_' || 'config(''a.b'', ''c'', false)::tsvector')",
                "select pg_advisory_lock(1)",
                "select pg_try_advisory_lock(1)",
                "create temp table t (a int)",
                "explain analyze create temp table t as select 1",
                "select 1 into temp t",
                "select 1 into table pg_temp.t",
                "select 1 into pg_temp.t",
                "select 1 into \"pg_temp\".t",
                "select 1 into/**/t",
                "select '--' into temp t",
                "select '/*' into temp t",
                "select 1 as insert into temp t",
                "select 1 as insert into \"pg_temp\".t",
                "with x as (insert into t values (1) returning a) select a into y from x",
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
            ],
        );
    }

    #[test]
    fn a_long_statement_is_read_once() {
        let start = std::time::Instant::now();
        for piece in [
            "a ",
            "into ",
            "insert into ",
            "'x' ",
            "\"x\" ",
            "$x",
            "$x$ ",
            "$\u{2003}",
            "-",
            "/* ",
            "/",
            "e'",
            "\\",
        ] {
            effect(&format!("select {}", piece.repeat((1 << 20) / piece.len())));
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
