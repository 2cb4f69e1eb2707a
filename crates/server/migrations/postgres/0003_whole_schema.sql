-- What 0001 to 0003 make in SQLite. From here on each migration has a twin of the same number; see README.md for the
-- policies that a new table needs.

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
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE recordings (
    -- Pages are ordered by it: as bytes, as SQLite does.
    id                  TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
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
    completed_at        BIGINT,
    multipart           BIGINT NOT NULL DEFAULT 0, -- 1: the bytes come in parts
    upload_id           TEXT,                      -- the store's name for an upload in parts, while there is one
    claim               TEXT,                      -- JSON: what complete was asked for, while the store is asked
    claimed_at          BIGINT,                    -- when
    composite_sha256    TEXT,                      -- of an object that came in parts, as S3 writes it
    active_at           BIGINT NOT NULL DEFAULT 0, -- when its owner last asked for a place or a ticket
    tickets_until       BIGINT NOT NULL DEFAULT 0  -- when the last of its tickets dies
);

CREATE UNIQUE INDEX recordings_by_idempotency_key ON recordings (tenant_id, user_id, idempotency_key);

-- A page is read from its first row to its last, whichever of these it is asked for by.
CREATE INDEX recordings_newest ON recordings (tenant_id, created_at, id)
    WHERE status IN ('PENDING', 'COMPLETE');
CREATE INDEX recordings_by_task ON recordings (tenant_id, task_id, created_at, id)
    WHERE status IN ('PENDING', 'COMPLETE');
CREATE INDEX recordings_by_user ON recordings (tenant_id, user_id, created_at, id)
    WHERE status IN ('PENDING', 'COMPLETE');
CREATE INDEX recordings_by_user_and_task ON recordings (tenant_id, user_id, task_id, created_at, id)
    WHERE status IN ('PENDING', 'COMPLETE');
CREATE INDEX recordings_waiting ON recordings (tenant_id, created_at, id)
    WHERE status = 'PENDING';

CREATE INDEX recordings_pending ON recordings (active_at) WHERE status = 'PENDING';
CREATE INDEX recordings_claimed ON recordings (claimed_at) WHERE status = 'PENDING' AND claimed_at IS NOT NULL;

-- Keys of recordings that were given up or deleted: what the store still has, or gets by a ticket that lives on, goes.
CREATE TABLE leftovers (
    s3_key    TEXT   NOT NULL PRIMARY KEY,
    tenant_id TEXT   NOT NULL REFERENCES tenants (id),
    upload_id TEXT,
    due_at    BIGINT NOT NULL -- when nothing can be put there any more
);

CREATE INDEX leftovers_due ON leftovers (due_at);

-- A transaction says whose rows it is for (app.tenant) or what for (app.purpose); what says neither sees nothing.

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenants FOR SELECT USING (id = current_setting('app.tenant', true));
CREATE POLICY administration ON tenants USING (current_setting('app.purpose', true) = 'administration');

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON users USING (tenant_id = current_setting('app.tenant', true));
CREATE POLICY sign_in_finds ON users FOR SELECT USING (current_setting('app.purpose', true) = 'sign_in');
CREATE POLICY sign_in_locks ON users FOR UPDATE USING (current_setting('app.purpose', true) = 'sign_in');
CREATE POLICY administration ON users USING (current_setting('app.purpose', true) = 'administration');

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasks USING (tenant_id = current_setting('app.tenant', true));
CREATE POLICY administration ON tasks USING (current_setting('app.purpose', true) = 'administration');

-- A sign-in is seen by whoever sees its user, its tokens by whoever sees the sign-in.
ALTER TABLE session_families ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_families FORCE ROW LEVEL SECURITY;
CREATE POLICY users_own ON session_families
    USING (EXISTS (SELECT 1 FROM users WHERE users.id = session_families.user_id));

ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY users_own ON refresh_tokens
    USING (EXISTS (SELECT 1 FROM session_families WHERE session_families.id = refresh_tokens.family_id));

ALTER TABLE recordings ENABLE ROW LEVEL SECURITY;
ALTER TABLE recordings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON recordings USING (tenant_id = current_setting('app.tenant', true));
CREATE POLICY sweep_finds ON recordings FOR SELECT USING (current_setting('app.purpose', true) = 'sweep');
CREATE POLICY sweep_forgets ON recordings FOR DELETE
    USING (current_setting('app.purpose', true) = 'sweep' AND status = 'DELETED');

ALTER TABLE leftovers ENABLE ROW LEVEL SECURITY;
ALTER TABLE leftovers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON leftovers USING (tenant_id = current_setting('app.tenant', true));
CREATE POLICY sweep_finds ON leftovers FOR SELECT USING (current_setting('app.purpose', true) = 'sweep');
CREATE POLICY sweep_forgets ON leftovers FOR DELETE USING (current_setting('app.purpose', true) = 'sweep');
