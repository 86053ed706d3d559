-- The relay looks for what has been in the trash too long, whoever's it is.
create index idx_tasks_deleted_at on tasks (deleted_at) where deleted_at is not null;

-- An id for an event that no component wrote (RFC 9562, version 7): milliseconds, then chance.
create function uuid_v7() returns uuid
    language sql volatile parallel safe
    return encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    placing substring(
                        int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3
                    )
                    from 1 for 6
                ),
                52, 1
            ),
            53, 1
        ),
        'hex'
    )::uuid;
