-- How much of a rate was used, by whatever the key names: an address, an account, a user. One time
-- says it all: until when the rate is used up if what was asked for came at its pace (the generic
-- cell rate algorithm, which is a token bucket without a counter). A row whose time is over means
-- nothing, and may go.
create table rate_limits (
    key        text        not null,
    used_until timestamptz not null,

    constraint rate_limits_pkey primary key (key),
    constraint rate_limits_key_check check (char_length(key) <= 200)
);

create index idx_rate_limits_used_until on rate_limits (used_until);
