-- Uploads in parts, claims whose truth the store has not told yet, and what the sweep goes by.

ALTER TABLE recordings ADD COLUMN multipart BIGINT NOT NULL DEFAULT 0; -- 1: the bytes come in parts
ALTER TABLE recordings ADD COLUMN upload_id TEXT;                      -- the store's name for an upload in parts, while there is one
ALTER TABLE recordings ADD COLUMN claim TEXT;                          -- JSON: what complete was asked for, while the store is asked
ALTER TABLE recordings ADD COLUMN claimed_at BIGINT;                   -- when
ALTER TABLE recordings ADD COLUMN composite_sha256 TEXT;               -- of an object that came in parts, as S3 writes it
ALTER TABLE recordings ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0; -- when its owner last asked for a place or a ticket
ALTER TABLE recordings ADD COLUMN tickets_until BIGINT NOT NULL DEFAULT 0; -- when the last of its tickets dies

-- Nobody noted until when the tickets of before live: seven days from now at most.
UPDATE recordings SET active_at = created_at, tickets_until = CAST(strftime('%s', 'now') AS INTEGER) * 1000 + 604800000;

CREATE INDEX recordings_pending ON recordings (active_at) WHERE status = 'PENDING';

-- Keys of recordings that were given up or deleted: what the store still has, or gets by a ticket that lives on, goes.
CREATE TABLE leftovers (
    s3_key    TEXT   NOT NULL PRIMARY KEY,
    tenant_id TEXT   NOT NULL REFERENCES tenants (id),
    upload_id TEXT,
    due_at    BIGINT NOT NULL -- when nothing can be put there any more
);

CREATE INDEX leftovers_due ON leftovers (due_at);
