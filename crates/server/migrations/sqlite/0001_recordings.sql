-- Ids are text, times are milliseconds since the epoch: the same queries serve SQLite and PostgreSQL.

CREATE TABLE tenants (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY,
    tenant_id     TEXT   NOT NULL REFERENCES tenants (id),
    email         TEXT   NOT NULL UNIQUE, -- lower case
    name          TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,        -- a PHC string
    disabled_at   BIGINT,
    created_at    BIGINT NOT NULL
);

CREATE TABLE tasks (
    tenant_id  TEXT   NOT NULL REFERENCES tenants (id),
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- A family is one sign-in: the chain of refresh tokens that follow from it.
CREATE TABLE session_families (
    id          TEXT   NOT NULL PRIMARY KEY,
    user_id     TEXT   NOT NULL REFERENCES users (id),
    device_name TEXT,
    created_at  BIGINT NOT NULL,
    revoked_at  BIGINT
);

CREATE INDEX session_families_by_user ON session_families (user_id);

CREATE TABLE refresh_tokens (
    token_hash TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the token; the token itself is nowhere
    family_id  TEXT   NOT NULL REFERENCES session_families (id),
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT
);

CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);

CREATE TABLE recordings (
    id                  TEXT   NOT NULL PRIMARY KEY,
    tenant_id           TEXT   NOT NULL REFERENCES tenants (id),
    user_id             TEXT   NOT NULL,
    task_id             TEXT   NOT NULL, -- opaque: need not be in tasks
    filename            TEXT   NOT NULL,
    content_type        TEXT   NOT NULL,
    s3_key              TEXT   NOT NULL UNIQUE,
    status              TEXT   NOT NULL, -- PENDING, COMPLETE, GIVEN_UP, DELETED
    ticket_seconds      BIGINT NOT NULL,
    write_once          BIGINT NOT NULL, -- 1: no ticket of it could ever replace the object
    promised_size       BIGINT,
    promised_sha256     TEXT,
    idempotency_key     TEXT,
    request_fingerprint TEXT,
    size                BIGINT,
    duration            BIGINT,
    sha256              TEXT,            -- as claimed at complete, or promised at initiate
    etag                TEXT,
    version_id          TEXT,
    created_at          BIGINT NOT NULL,
    completed_at        BIGINT
);

CREATE UNIQUE INDEX recordings_by_idempotency_key ON recordings (tenant_id, user_id, idempotency_key);
CREATE INDEX recordings_newest ON recordings (tenant_id, created_at, id);
CREATE INDEX recordings_by_task ON recordings (tenant_id, task_id, created_at, id);
