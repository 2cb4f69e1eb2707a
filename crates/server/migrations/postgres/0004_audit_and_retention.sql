-- Who did what, how long recordings are kept, which are held, and whom a tenant lets look in.

-- Days that a tenant's recordings are kept, from when they are complete; NULL keeps them for ever.
ALTER TABLE tenants ADD COLUMN retention_days BIGINT DEFAULT 90;

ALTER TABLE recordings ADD COLUMN kept_until BIGINT;  -- NULL: for ever; so are those of before this was known
ALTER TABLE recordings ADD COLUMN held_at BIGINT;     -- on legal hold since
ALTER TABLE recordings ADD COLUMN held_by TEXT;       -- the user who placed the hold
ALTER TABLE recordings ADD COLUMN held_reason TEXT;

CREATE INDEX recordings_kept_until ON recordings (kept_until) WHERE status = 'COMPLETE' AND held_at IS NULL;

-- A tenant's own transaction changes how long it keeps its recordings, together with their dates and the event of it.
CREATE POLICY tenant_changes ON tenants FOR UPDATE USING (id = current_setting('app.tenant', true));

CREATE TABLE audit_events (
    id           TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
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

-- Append-only: a trigger refuses whoever would change or remove an event, also one whom no policy holds.
CREATE FUNCTION audit_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are never changed or removed';
END;
$$;

CREATE TRIGGER audit_events_unchanged BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_stay();

CREATE TRIGGER audit_events_not_emptied BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_stay();

-- And there are policies for seeing and for adding, and none for anything else. Whoever goes without a tenant adds and
-- does not see.
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_sees ON audit_events FOR SELECT USING (tenant_id = current_setting('app.tenant', true));
CREATE POLICY tenant_adds ON audit_events FOR INSERT WITH CHECK (tenant_id = current_setting('app.tenant', true));
CREATE POLICY others_add ON audit_events FOR INSERT
    WITH CHECK (current_setting('app.purpose', true) IN ('sign_in', 'sweep'));

-- A tenant lets one user of another tenant see its recordings, for some hours.
CREATE TABLE support_grants (
    id         TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
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

ALTER TABLE support_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON support_grants USING (tenant_id = current_setting('app.tenant', true));
-- A user of another tenant looks for whoever lets them in.
CREATE POLICY sign_in_finds ON support_grants FOR SELECT USING (current_setting('app.purpose', true) = 'sign_in');
