//! The statements of `sql/queries`, each under its file's name.

macro_rules! statements {
    ($folder:literal: $($(#[$meta:meta])* $name:ident = $file:literal,)*) => {
        $(
            $(#[$meta])*
            pub const $name: &str =
                include_str!(concat!("../../../sql/", $folder, "/", $file, ".sql"));
        )*
    };
}
pub(crate) use statements;

statements! { "queries":
    ACCESS_TOKEN_DELETE = "access_token_delete",
    /// A personal access token, and the event that tells of it.
    ACCESS_TOKEN_INSERT = "access_token_insert",
    ACCESS_TOKEN_LIST_BY_USER = "access_token_list_by_user",
    AUDIT_LOG_LIST_BY_CORRELATION_ID = "audit_log_list_by_correlation_id",
    AUDIT_LOG_LIST_BY_ENTITY = "audit_log_list_by_entity",
    AUDIT_LOG_LIST_BY_USER = "audit_log_list_by_user",
    CHANGE_LIST_BY_USER = "change_list_by_user",
    CONVERSATION_DELETE = "conversation_delete",
    CONVERSATION_LIST_BY_USER = "conversation_list_by_user",
    CONVERSATION_SELECT = "conversation_select",
    CONVERSATION_STANDING = "conversation_standing",
    CONVERSATION_TURN = "conversation_turn",
    CONVERSATION_TURN_NEW = "conversation_turn_new",
    DELIVERY_LIST_BY_WEBHOOK = "delivery_list_by_webhook",
    IDEMPOTENCY_KEY_INSERT = "idempotency_key_insert",
    IDEMPOTENCY_KEY_SELECT = "idempotency_key_select",
    IDEMPOTENCY_KEY_UPDATE = "idempotency_key_update",
    PUSH_SUBSCRIPTION_DELETE = "push_subscription_delete",
    PUSH_SUBSCRIPTION_INSERT = "push_subscription_insert",
    PUSH_SUBSCRIPTION_LIST_BY_USER = "push_subscription_list_by_user",
    REMINDER_DELETE = "reminder_delete",
    REMINDER_INSERT = "reminder_insert",
    REMINDER_LIST_BY_USER = "reminder_list_by_user",
    REMINDER_SELECT = "reminder_select",
    REMINDER_SNOOZE = "reminder_snooze",
    SESSION_INSERT = "session_insert",
    SESSION_REFUSE = "session_refuse",
    TASK_COMPLETE = "task_complete",
    TASK_DELETE = "task_delete",
    TASK_INSERT = "task_insert",
    TASK_LAST_CHANGE = "task_last_change",
    TASK_LIST_BY_FILTER = "task_list_by_filter",
    TASK_LIST_BY_USER = "task_list_by_user",
    TASK_LIST_BY_USER_AND_STATUS = "task_list_by_user_and_status",
    TASK_PURGE = "task_purge",
    TASK_REOPEN = "task_reopen",
    TASK_RESTORE = "task_restore",
    TASK_SEARCH = "task_search",
    TASK_SELECT = "task_select",
    TASK_SET = "task_set",
    TASK_UPDATE = "task_update",
    USER_CLOCK = "user_clock",
    USER_INSERT = "user_insert",
    USER_PASSWORD_SELECT = "user_password_select",
    USER_PASSWORD_UPDATE = "user_password_update",
    USER_SELECT = "user_select",
    USER_UPDATE = "user_update",
    WEBHOOK_DELETE = "webhook_delete",
    WEBHOOK_INSERT = "webhook_insert",
    WEBHOOK_LIST_BY_USER = "webhook_list_by_user",
    WEBHOOK_RETRY = "webhook_retry",
    WEBHOOK_SELECT = "webhook_select",
    WEBHOOK_UPDATE = "webhook_update",
}

/// Rules for the files themselves. A statement's text is cut into words, numbers of parameters and
/// signs, without comments and literals, which is all the parsing that they need.
#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    fn files(folder: &str) -> Vec<(String, String)> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../sql").join(folder);
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .map(|path| {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                (name, fs::read_to_string(&path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn tokens(sql: &str) -> Vec<&str> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        sql.lines()
            .map(|line| line.split("--").next().unwrap_or_default())
            // Every other piece is a literal.
            .flat_map(|line| line.split('\'').step_by(2))
            .flat_map(|line| line.split_inclusive(|c| !is_word(c)))
            .flat_map(|piece| match piece.char_indices().last() {
                Some((end, sign)) if !is_word(sign) => [&piece[..end], piece[end..].trim()],
                _ => [piece, ""],
            })
            .filter(|token| !token.is_empty())
            .collect()
    }

    /// The tables whose rows belong to a user.
    fn tables() -> Vec<String> {
        files("migrations")
            .iter()
            .filter_map(|(_, sql)| {
                let tokens = tokens(sql);
                let start = tokens.windows(2).position(|pair| pair == ["create", "table"])?;
                tokens[start..].contains(&"user_id").then(|| tokens[start + 2].to_owned())
            })
            .collect()
    }

    /// How often a statement names a user's table without saying whose rows.
    ///
    /// Wherever a table is named, but for `insert into`, `for update of`, a column (`tasks.id`) and a whole row
    /// (`task_json(tasks)`), it needs a condition `user_id = $1`. After `insert into`, the columns
    /// begin with `user_id` and the values with `$1`.
    fn unbound(sql: &str, tables: &[String]) -> usize {
        let tokens = tokens(sql);
        let at = |index: usize| tokens.get(index).copied().unwrap_or_default();
        let is_table = |token: &str| tables.iter().any(|table| table == token);
        let named = (0..tokens.len())
            .filter(|&index| is_table(at(index)))
            .filter(|&index| {
                let (before, after) = (at(index.wrapping_sub(1)), at(index + 1));
                !["into", "of"].contains(&before) && after != "." && (before, after) != ("(", ")")
            })
            .count();
        let bound = (0..tokens.len())
            .filter(|&index| tokens[index..].starts_with(&["user_id", "=", "$1"]))
            .filter(|&index| {
                let qualified = if at(index.wrapping_sub(1)) == "." { 2 } else { 0 };
                ["where", "and", "on"].contains(&at(index.wrapping_sub(qualified + 1)))
            })
            .count();
        let unbound_inserts = tokens
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| pair[0] == "into" && is_table(pair[1]))
            .filter(|(at, _)| {
                let columns = &tokens[at + 2..];
                let end = columns.iter().position(|token| *token == ")").unwrap_or(columns.len());
                let values = &columns[end..];
                !columns.starts_with(&["(", "user_id", ","])
                    || !(values.starts_with(&[")", "values", "(", "$1", ","])
                        || values.starts_with(&[")", "select", "$1", ","]))
            })
            .count();
        named.saturating_sub(bound) + unbound_inserts
    }

    #[test]
    fn every_statement_on_a_users_data_names_the_user() {
        let tables = tables();
        assert!(tables.iter().any(|table| table == "tasks"), "{tables:?}");
        for (name, sql) in files("queries") {
            assert_eq!(unbound(&sql, &tables), 0, "{name}");
            assert!(tokens(&sql).contains(&"$1"), "{name}");
        }
    }

    /// A user's own row is bound by its id, and made under it.
    #[test]
    fn every_statement_on_a_user_names_the_user() {
        for (name, sql) in files("queries") {
            let tokens = tokens(&sql);
            let read = |pair: &[&str]| ["from", "update", "join"].contains(&pair[0]);
            let named = tokens.windows(2).filter(|pair| read(pair) && pair[1] == "users").count();
            let bound =
                tokens.windows(4).filter(|four| *four == ["where", "id", "=", "$1"]).count();
            assert!(named <= bound, "{name}");
            for at in (0..tokens.len()).filter(|&at| tokens[at..].starts_with(&["into", "users"])) {
                let values = tokens[at..].iter().skip_while(|token| **token != "values");
                assert_eq!(values.take(3).copied().collect::<Vec<_>>(), ["values", "(", "$1"]);
                assert!(tokens[at..].starts_with(&["into", "users", "(", "id", ","]), "{name}");
            }
        }
    }

    /// What components may do stands in one file; a table that is missing there is one that they
    /// can't reach.
    #[test]
    fn every_table_has_its_grants() {
        let grants = tokens(crate::GRANTS);
        for (name, sql) in files("migrations") {
            let tokens = tokens(&sql);
            for at in (0..tokens.len()).filter(|&at| tokens[at..].starts_with(&["create", "table"]))
            {
                let table = tokens[at + 2];
                let granted = grants.iter().filter(|token| **token == table).count();
                assert_eq!(granted, 1, "{table} of {name} in sql/grants.sql");
            }
        }
    }

    #[test]
    fn a_statement_that_forgets_the_user_is_found() {
        let tables = ["tasks".to_owned(), "events".to_owned()];
        for (sql, expected) in [
            ("select 1 from tasks where user_id = $1 and id = $2", 0),
            ("select 1 from tasks where id = $1", 1),
            ("select 1 from tasks -- user_id = $1", 1),
            ("select 1 from tasks join events on true where tasks.user_id = $1", 1),
            ("select 1 from tasks, events where tasks.user_id = $1 and tasks.id = subject", 1),
            ("delete from tasks using events where tasks.user_id = $1", 1),
            ("select 1 from only tasks", 1),
            ("select 1 from public.tasks", 1),
            ("update tasks set user_id = $1 where id = $2", 1),
            ("select 1 from tasks where id = $2 or user_id = $1", 1),
            ("select task_json(tasks), tasks.id from tasks where tasks.user_id = $1", 0),
            ("update tasks set title = $2 where user_id = $2", 1),
            ("delete from tasks", 1),
            ("insert into tasks (user_id, id) values ($1, $2)", 0),
            ("insert into tasks (user_id, id) select $1, id from x", 0),
            ("insert into tasks (id, user_id) values ($1, $2)", 1),
            ("insert into tasks (user_id, id) values ($2, $1)", 1),
        ] {
            assert_eq!(unbound(sql, &tables), expected, "{sql}");
        }
    }

    #[test]
    fn every_file_has_its_constant() {
        for (folder, source) in
            [("queries", include_str!("statements.rs")), ("system", include_str!("system.rs"))]
        {
            for (name, _) in files(folder) {
                let constant = format!("{} = \"{name}\",", name.to_uppercase());
                assert!(source.contains(&constant), "{constant}");
            }
        }
    }

    /// A turn of a conversation changes any number of tasks in any way, and what is undone can have been any change: their
    /// three statements take the events' types from `domain::ChangeKind`; each other type has one writer.
    #[test]
    fn every_event_is_written_for_its_topic_by_as_few_statements_as_can_be() {
        let mut files = files("queries");
        files.extend(self::files("system"));
        let events = [
            // By a request, or as the next one of its series.
            ("task.created", "task-events", 2),
            // A task that comes back from the trash was changed, too.
            ("task.updated", "task-events", 2),
            ("task.completed", "task-events", 1),
            ("task.reopened", "task-events", 1),
            ("task.deleted", "task-events", 1),
            // By its user, by the relay, or because the one before it is to be done again.
            ("task.purged", "task-events", 3),
            ("conversation.deleted", "audit-events", 1),
            ("user.created", "audit-events", 2),
            // By themself, or by a link in a mail.
            ("user.updated", "audit-events", 2),
            ("user.password_changed", "audit-events", 1),
            ("user.login_failed", "audit-events", 1),
            ("session.created", "audit-events", 1),
            ("session.ended", "audit-events", 1),
            ("session.revoked", "audit-events", 1),
            ("token.created", "audit-events", 1),
            ("token.revoked", "audit-events", 1),
            ("webhook.created", "audit-events", 1),
            ("webhook.updated", "audit-events", 1),
            ("webhook.deleted", "audit-events", 1),
            ("webhook.deactivated", "audit-events", 1),
            ("delivery.due", "deliveries", 1),
            // Where a task changes, by a trigger of its table; when one is sent or has failed, by its status.
            ("reminder.scheduled", "reminders", 1),
            ("reminder.snoozed", "reminders", 1),
            // By its user, or with the next one of a series, which is withdrawn.
            ("reminder.cancelled", "reminders", 2),
            ("reminder.due", "reminders", 1),
            ("reminder.retry", "reminders-retry", 1),
        ];
        for (event, topic, expected) in events {
            let literals = format!("'{event}', '{topic}'");
            let writers = files.iter().filter(|(_, sql)| sql.contains(&literals)).count();
            assert_eq!(writers, expected, "{literals}");
        }
        let writers = files.iter().filter(|(_, sql)| sql.contains("insert into events")).count();
        // Four say in another way what they write; task_withdraw.sql writes two kinds.
        assert_eq!(writers, events.iter().map(|(_, _, count)| count).sum::<usize>() + 4 - 1);
    }
}
