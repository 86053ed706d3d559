-- What components may do, who connect as a member of spindle_app: a role that owns nothing. Applied
-- after each migration; what isn't here is withdrawn. Migrations and the relay connect as the owner.
-- Each table stands here once (a test counts them).
revoke all on all tables in schema public from spindle_app;

-- People's data. A task goes to the trash by its status; from there a user may delete it for good.
grant select, insert, update, delete on tasks to spindle_app;
grant select, insert, update, delete on reminders to spindle_app;
grant select, insert, update (p256dh, auth), delete on push_subscriptions to spindle_app;
grant select, insert, update, delete on conversations to spindle_app;
grant select, insert on messages to spindle_app;

-- Whom a user wants to be told, and what became of it. A webhook takes its deliveries with it.
grant select, insert, update, delete on webhooks to spindle_app;
grant select, insert, update (state, attempts, next_attempt_at, last_attempt_at, last_status, last_error)
    on deliveries to spindle_app;

grant select, update (state, attempts, claim, under_way, unknown, lost, last_error, next_attempt_at)
    on reminder_deliveries to spindle_app;
grant select, insert, update, delete on failing_hosts to spindle_app;

-- Who they are. An account can't be removed from here, nor made another's.
grant select, insert, update (password_hash, timezone, language, email_reminders, updated_at)
    on users to spindle_app;
grant select, insert, update (expires_at), delete on sessions to spindle_app;
grant select, insert, update (used_at) on refresh_tokens to spindle_app;
grant select, insert, update (last_used_at), delete on access_tokens to spindle_app;
grant select, insert, update, delete on rate_limits to spindle_app;
grant select, insert, update on identity_providers to spindle_app;

-- What happened is written once. An event's place, type and payload can't be changed, nor an audit row.
grant select, insert, update (processing_status, error_message) on events to spindle_app;
grant select, insert on audit_logs to spindle_app;

-- What a request was answered is written once, too; of one with several parts, when all are done.
grant select, insert, update (answer) on idempotency_keys to spindle_app;

-- What the relay and migrations leave to look at.
grant select on relay_lease, refinery_schema_history to spindle_app;
