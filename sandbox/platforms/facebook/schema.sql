-- A Page is an account too (nobody signs in as it); this is what only Pages have.
create table if not exists fb_page (
    id text primary key,
    category text not null,
    has_username integer not null default 1,
    instagram_id text,
    business_id text
) without rowid;

-- Who may do what on a Page; tasks is a JSON list.
create table if not exists fb_role (
    person_id text not null,
    page_id text not null,
    tasks text not null,
    primary key (person_id, page_id)
) without rowid;

create table if not exists fb_post (
    id integer primary key,
    page_id text not null,
    kind text not null,
    client_id text,
    message text not null,
    link text,
    created_at real not null,
    visible_at real not null,
    deleted_at real,
    edited_at real,
    video_id integer,
    dedupe_key text not null
);
create index if not exists fb_post_page on fb_post (page_id, id);

create table if not exists fb_photo (
    id integer primary key,
    page_id text not null,
    post_id integer,
    position integer not null default 0,
    alt_text text,
    media_type text,
    size integer not null,
    width integer,
    height integer,
    sha256 text not null,
    created_at real not null,
    deleted_at real
);
create index if not exists fb_photo_post on fb_photo (post_id) where post_id is not null;

-- A video of a post, reel or story; `kind` is where it was begun. finished_at: when it was asked to be published.
create table if not exists fb_video (
    id integer primary key,
    page_id text not null,
    kind text not null,
    begun_at real not null,
    total_bytes integer,
    received integer not null default 0,
    is_whole integer not null default 0,
    finished_at real,
    ready_at real,
    failure text,
    message text not null default '',
    title text not null default '',
    is_ai_generated integer not null default 0,
    sha256 text,
    post_id integer,
    deleted_at real
);
create index if not exists fb_video_page on fb_video (page_id, id);

-- Sessions of the resumable upload; the handle is what a video is made of.
create table if not exists fb_upload (
    id text primary key,
    owner_id text not null,
    file_type text not null,
    file_length integer not null,
    received integer not null default 0,
    handle text,
    created_at real not null
) without rowid;

create table if not exists fb_comment (
    id integer primary key,
    post_id integer not null,
    account_id text not null,
    message text not null,
    created_at real not null,
    visible_at real not null,
    deleted_at real
);
create index if not exists fb_comment_post on fb_comment (post_id);

create table if not exists fb_subscription (
    page_id text primary key,
    fields text not null
) without rowid;
