-- What was published. Pictures and videos stay with the container that it was made of.
create table if not exists th_post (
    id integer primary key,
    account_id text not null,
    client_id text,
    container_id integer,
    kind text not null,
    text text not null,
    details text not null default '{}',
    shortcode text not null unique,
    reply_to integer,
    root_id integer not null,
    created_at real not null,
    visible_at real not null,
    deleted_at real,
    is_scenery integer not null default 0
);
create index if not exists th_post_account on th_post (account_id, id);
create index if not exists th_post_root on th_post (root_id);

-- Containers that were refused once although they were ready.
create table if not exists th_flake (
    container_id integer primary key
);
