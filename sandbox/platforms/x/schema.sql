create table if not exists x_post (
    id integer primary key,
    account_id text not null,
    client_id text,
    text text not null,
    created_at real not null,
    visible_at real not null,
    deleted_at real,
    reply_to integer,
    conversation_id integer not null,
    previous_id integer,
    replaced_by integer,
    dedupe_key text not null,
    weighted_length integer not null,
    options text not null default '{}'
);
create index if not exists x_post_account on x_post (account_id, id);
create index if not exists x_post_dedupe on x_post (account_id, dedupe_key);
create index if not exists x_post_reply on x_post (reply_to) where reply_to is not null;
create index if not exists x_post_conversation on x_post (conversation_id);

create table if not exists x_media (
    id integer primary key,
    account_id text not null,
    category text not null,
    media_type text,
    total_bytes integer,
    state text not null,
    created_at real not null,
    finalized_at real,
    processing_seconds real not null default 0,
    failure text,
    size integer not null default 0,
    width integer,
    height integer,
    duration_ms integer,
    sha256 text,
    alt_text text,
    owners text not null default '[]'
);

create table if not exists x_segment (
    media_id integer not null references x_media (id) on delete cascade,
    position integer not null,
    size integer not null,
    primary key (media_id, position)
) without rowid;

create table if not exists x_post_media (
    post_id integer not null references x_post (id) on delete cascade,
    position integer not null,
    media_id integer not null references x_media (id) on delete cascade,
    primary key (post_id, position)
) without rowid;

create table if not exists x_nonce (
    nonce text primary key,
    at real not null
) without rowid;
