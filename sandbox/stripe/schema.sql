create table if not exists st_object (
    seq integer primary key autoincrement,
    id text not null unique,
    kind text not null,
    customer text,
    created real not null,
    body text not null
);
create index if not exists st_object_kind on st_object (kind, seq);
create index if not exists st_object_customer on st_object (customer, kind);

create table if not exists st_idempotency (
    key text primary key,
    fingerprint text not null,
    status integer not null,
    body text not null
) without rowid;

create table if not exists st_delivery (
    id integer primary key autoincrement,
    event_id text not null,
    url text not null,
    due_at real not null,
    tries integer not null default 0,
    status integer,
    delivered_at real
);
create index if not exists st_delivery_due on st_delivery (due_at) where delivered_at is null;
