create table if not exists meta (
    key text primary key,
    value text not null
) without rowid;

create table if not exists app (
    platform text not null,
    client_id text not null,
    client_secret text not null default '',
    consumer_key text,
    consumer_secret text not null default '',
    name text not null,
    redirect_uris text not null default '[]',
    permissions text not null default 'read_write',
    primary key (platform, client_id)
) without rowid;

create table if not exists account (
    platform text not null,
    id text not null,
    username text not null collate nocase,
    name text not null,
    tier text not null default 'free',
    avatar_color text not null default '#4f46e5',
    is_foreign integer not null default 0,
    created_at real not null,
    primary key (platform, id),
    unique (platform, username)
) without rowid;

-- A person's consent to one app. Tokens hang on it, so that revoking it kills them together.
create table if not exists consent (
    id integer primary key autoincrement,
    platform text not null,
    account_id text not null,
    client_id text not null,
    kind text not null,
    scopes text not null,
    created_at real not null,
    revoked_at real
);
create index if not exists consent_account on consent (platform, account_id);

create table if not exists token (
    value text primary key,
    kind text not null,
    platform text not null,
    consent_id integer references consent (id) on delete cascade,
    secret text not null default '',
    expires_at real,
    used_at real,
    details text not null default '{}'
) without rowid;
create index if not exists token_consent on token (consent_id);

create table if not exists fault (
    id integer primary key autoincrement,
    platform text not null,
    operation text not null,
    kind text not null,
    times integer not null,
    username text collate nocase,
    match_text text,
    params text not null default '{}',
    fired integer not null default 0
);

create table if not exists ledger (
    id integer primary key autoincrement,
    at real not null,
    at_first_byte real not null,
    platform text not null,
    operation text not null,
    method text not null,
    path text not null,
    username text,
    account_id text,
    client_id text,
    status integer,
    effect text,
    effect_at real,
    request_sha256 text not null,
    fault text,
    concurrent integer not null default 0
);
create index if not exists ledger_operation on ledger (platform, operation, id);

create table if not exists rate_window (
    bucket text primary key,
    started_at real not null,
    used integer not null
) without rowid;

-- Requests whose effect comes after the caller was told that it failed.
create table if not exists late_delivery (
    id integer primary key autoincrement,
    platform text not null,
    ledger_id integer not null,
    due_at real not null,
    call text not null,
    body blob not null
);
