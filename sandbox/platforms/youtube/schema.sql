-- A begun upload. `received` bytes are there; `video_id` when all of them are.
create table if not exists yt_session (
    id text primary key,
    account_id text not null,
    client_id text not null,
    total integer,
    mime text not null,
    fields text not null,
    received integer not null default 0,
    video_id text,
    created_at real not null
) without rowid;

-- `fields` is what may be changed: title, description, tags, category_id, privacy, publish_at, made_for_kids and so on.
create table if not exists yt_video (
    number integer primary key,
    id text not null unique,
    account_id text not null,
    client_id text,
    fields text not null,
    notify integer not null default 1,
    mime text not null,
    size integer not null,
    sha256 text not null,
    width integer,
    height integer,
    duration_ms integer,
    uploaded_at real not null,
    ready_at real not null,
    failure text,
    rejection text,
    public_at real,
    thumbnail text,
    is_scenery integer not null default 0,
    deleted_at real
);
create index if not exists yt_video_account on yt_video (account_id, number);

create table if not exists yt_playlist (
    id text primary key,
    account_id text not null,
    title text not null
) without rowid;

create table if not exists yt_playlist_item (
    id text primary key,
    playlist_id text not null,
    video_id text not null,
    added_at real not null
) without rowid;

create table if not exists yt_comment (
    id text primary key,
    number integer not null,
    video_id text not null,
    account_id text not null,
    words text not null,
    created_at real not null,
    deleted_at real
) without rowid;
create index if not exists yt_comment_video on yt_comment (video_id, number);

-- What a project has used of its quota on a day in California.
create table if not exists yt_quota (
    project text not null,
    day text not null,
    bucket text not null,
    used integer not null,
    primary key (project, day, bucket)
) without rowid;
