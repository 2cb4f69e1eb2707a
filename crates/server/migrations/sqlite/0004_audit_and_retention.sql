-- Who did what, how long recordings are kept, which are held, and whom a tenant lets look in.

-- Days that a tenant's recordings are kept, from when they are complete; NULL keeps them for ever.
ALTER TABLE tenants ADD COLUMN retention_days BIGINT DEFAULT 90;

ALTER TABLE recordings ADD COLUMN kept_until BIGINT;  -- NULL: for ever; so are those of before this was known
ALTER TABLE recordings ADD COLUMN held_at BIGINT;     -- on legal hold since
ALTER TABLE recordings ADD COLUMN held_by TEXT;       -- the user who placed the hold
ALTER TABLE recordings ADD COLUMN held_reason TEXT;

CREATE INDEX recordings_kept_until ON recordings (kept_until) WHERE status = 'COMPLETE' AND held_at IS NULL;

CREATE TABLE audit_events (
    id           TEXT   NOT NULL PRIMARY KEY,
    tenant_id    TEXT   NOT NULL REFERENCES tenants (id), -- whose trail it is in
    at           BIGINT NOT NULL,
    actor_kind   TEXT   NOT NULL, -- user, server, operator
    actor_id     TEXT,            -- the user
    actor_role   TEXT,
    actor_tenant TEXT,            -- the user's, where it is another than the trail's
    address      TEXT,
    request_id   TEXT,
    action       TEXT   NOT NULL,
    recording_id TEXT,            -- need not be in recordings any more
    outcome      TEXT   NOT NULL, -- done, refused, failed
    detail       TEXT   NOT NULL  -- a JSON object
);

CREATE INDEX audit_events_newest ON audit_events (tenant_id, at, id);
CREATE INDEX audit_events_by_recording ON audit_events (tenant_id, recording_id, at, id);
CREATE INDEX audit_events_by_actor ON audit_events (tenant_id, actor_id, at, id);

-- Append-only: whoever has this program's access to the database changes nothing of what was written. The third trigger
-- closes the way of INSERT OR REPLACE, which removes a row without asking the second.
CREATE TRIGGER audit_events_unchanged BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are never changed');
END;

CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are never removed');
END;

CREATE TRIGGER audit_events_not_replaced BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'audit events are never replaced');
END;

-- A tenant lets one user of another tenant see its recordings, for some hours.
CREATE TABLE support_grants (
    id         TEXT   NOT NULL PRIMARY KEY,
    tenant_id  TEXT   NOT NULL REFERENCES tenants (id), -- whose recordings are seen
    user_id    TEXT   NOT NULL REFERENCES users (id),   -- by whom
    reason     TEXT   NOT NULL,
    granted_by TEXT   NOT NULL,
    granted_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_by TEXT
);

CREATE INDEX support_grants_by_user ON support_grants (user_id, expires_at);
CREATE INDEX support_grants_by_tenant ON support_grants (tenant_id, granted_at);
