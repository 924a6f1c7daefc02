-- What TikTok knows of a creator beside name and picture: the switches of the account's own settings.
create table if not exists tt_creator (
    account_id text primary key,
    is_private integer not null default 0,
    comment_disabled integer not null default 0,
    duet_disabled integer not null default 0,
    stitch_disabled integer not null default 0,
    max_seconds integer not null default 600,
    is_banned integer not null default 0
) without rowid;

-- One task of publishing, and the post that comes of it. `whole_at`: everything is there. `ready_at`: processing ends.
-- `listed_at`: moderation ends and the post has an id for the world; null where it never gets one.
create table if not exists tt_post (
    id integer primary key,
    publish_id text not null unique,
    account_id text not null,
    client_id text not null,
    consent_id integer,
    kind text not null,
    title text not null default '',
    description text not null default '',
    privacy text not null,
    options text not null default '{}',
    media_type text,
    size integer not null default 0,
    chunk_size integer not null default 0,
    chunks integer not null default 0,
    received integer not null default 0,
    upload_token text,
    begun_at real not null,
    whole_at real,
    ready_at real,
    listed_at real,
    failure text,
    cancelled_at real,
    deleted_at real,
    width integer,
    height integer,
    duration_ms integer,
    sha256 text,
    is_scenery integer not null default 0
);
create index if not exists tt_post_account on tt_post (account_id, id);

create table if not exists tt_photo (
    id integer primary key,
    post_id integer not null,
    position integer not null,
    url text not null,
    media_type text not null default '',
    width integer,
    height integer,
    size integer not null default 0,
    sha256 text not null default ''
);
create index if not exists tt_photo_post on tt_photo (post_id, position);
