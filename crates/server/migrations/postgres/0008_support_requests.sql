-- Somebody of another tenant asks to see a tenant's recordings. What is decided is gone from here: the trail has it.
CREATE TABLE support_requests (
    id             TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id      TEXT   NOT NULL REFERENCES tenants (id), -- who decides
    user_id        TEXT   NOT NULL REFERENCES users (id),   -- who asks
    email          TEXT   NOT NULL,
    user_tenant_id TEXT   NOT NULL,
    hours          BIGINT NOT NULL,
    reason         TEXT   NOT NULL,
    asked_at       BIGINT NOT NULL,
    UNIQUE (tenant_id, user_id)
);

ALTER TABLE support_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON support_requests USING (tenant_id = current_setting('app.tenant', true));
