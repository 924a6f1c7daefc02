-- An organisation is an account too (nobody signs in as it); this is what only organisations have.
create table if not exists li_org (
    id text primary key,
    about text not null
) without rowid;

create table if not exists li_role (
    person_id text not null,
    org_id text not null,
    role text not null,
    state text not null default 'APPROVED',
    primary key (person_id, org_id, role)
) without rowid;

-- Which product an app was given: "share" (OpenID Connect and w_member_social) or "community".
create table if not exists li_app (
    client_id text primary key,
    product text not null,
    has_refresh integer not null
) without rowid;

-- Calls of a day (UTC), by member and by app.
create table if not exists li_calls (
    day text not null,
    who text not null,
    used integer not null,
    primary key (day, who)
) without rowid;

create table if not exists li_post (
    id integer primary key,
    kind text not null,
    author text not null,
    client_id text,
    commentary text not null,
    shown text not null,
    visibility text not null,
    is_reshare_disabled integer not null,
    content text not null,
    parent text,
    created_at real not null,
    visible_at real not null,
    edited_at real,
    deleted_at real,
    dedupe_key text not null
);
create index if not exists li_post_author on li_post (author, id);

-- Images, documents and videos. `parts` holds what came of a video, by its number: [size, etag].
create table if not exists li_asset (
    urn text primary key,
    kind text not null,
    owner text not null,
    begun_at real not null,
    ends_at real not null,
    secret text not null,
    size integer not null default 0,
    parts text not null default '{}',
    token text not null default '',
    ready_at real,
    failure text,
    media_type text,
    width integer,
    height integer,
    sha256 text
) without rowid;

create table if not exists li_comment (
    id integer primary key,
    post_id integer not null,
    actor text not null,
    message text not null,
    created_at real not null,
    visible_at real not null,
    deleted_at real
);
create index if not exists li_comment_post on li_comment (post_id);
