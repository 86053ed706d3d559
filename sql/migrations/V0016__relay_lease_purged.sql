-- Up to which position events have been thrown away: who has seen less may have missed some.
alter table relay_lease add column purged bigint not null default 0;
