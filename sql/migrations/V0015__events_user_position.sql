-- What happened to one user's things, in order: `GET /api/changes`. Each client of a stream looks once a second.
create index idx_events_user_position on events (user_id, position) where position is not null;
