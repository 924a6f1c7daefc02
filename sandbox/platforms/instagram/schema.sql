-- What only professional accounts have; account_type is BUSINESS, MEDIA_CREATOR or PERSONAL.
create table if not exists ig_account (
    id text primary key,
    account_type text not null,
    followers integer not null default 1200
) without rowid;

-- kind is IMAGE, REELS, STORIES or CAROUSEL; shortcode is what the public address is made of.
create table if not exists ig_media (
    id integer primary key,
    owner_id text not null,
    client_id text,
    container_id integer,
    kind text not null,
    caption text not null default '',
    details text not null default '{}',
    shortcode text not null,
    created_at real not null,
    visible_at real not null,
    deleted_at real
);
create index if not exists ig_media_owner on ig_media (owner_id, id);

create table if not exists ig_comment (
    id integer primary key,
    media_id integer not null,
    account_id text not null,
    message text not null,
    created_at real not null,
    visible_at real not null,
    deleted_at real
);
create index if not exists ig_comment_media on ig_comment (media_id);

-- A container that is filled with bytes at the upload host; is_whole from the last of them on.
create table if not exists ig_upload (
    container_id integer primary key,
    received integer not null default 0,
    is_whole integer not null default 0,
    seconds real not null
);
