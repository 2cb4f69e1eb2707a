-- What lists, the sweep and sign-ins go by, however many rows there are.

DROP INDEX recordings_newest;
DROP INDEX recordings_by_task;

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

CREATE INDEX recordings_claimed ON recordings (claimed_at) WHERE status = 'PENDING' AND claimed_at IS NOT NULL;
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
