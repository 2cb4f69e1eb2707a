-- How much a tenant may keep and begin, what the parts of a recording are held to, and whose object is to be tagged anew.

-- SHA256 or CRC64NVME, as its upload was begun; NULL for what comes whole, and from before this was known.
ALTER TABLE recordings ADD COLUMN part_checksum TEXT;

-- 1: its tenant keeps it for another time than its object's tag `retention` says.
ALTER TABLE recordings ADD COLUMN tag_due BIGINT NOT NULL DEFAULT 0;

CREATE INDEX recordings_tag_due ON recordings (id) WHERE tag_due = 1 AND status = 'COMPLETE';

-- A tenant without a quota has no row, and nothing is counted for it.
CREATE TABLE quotas (
    tenant_id            TEXT   NOT NULL PRIMARY KEY REFERENCES tenants (id),
    max_bytes            BIGINT,          -- NULL: any number
    max_recordings_a_day BIGINT,          -- NULL: any number
    bytes                BIGINT NOT NULL, -- of what is complete, and what was promised of what is pending
    day                  BIGINT NOT NULL, -- since the epoch, in UTC: the last one of which recordings were counted
    recordings           BIGINT NOT NULL  -- begun on that day and not given up
);

-- Counted by the database itself, in the transaction of whatever changes a recording: nothing can forget it. Rows are
-- removed only after they were marked DELETED, and count no more then.
CREATE TRIGGER quotas_count_begun AFTER INSERT ON recordings
BEGIN
    UPDATE quotas
    SET bytes = bytes + COALESCE(NEW.promised_size, 0),
        recordings = CASE WHEN NEW.created_at / 86400000 > day THEN 1 ELSE recordings + 1 END,
        day = CASE WHEN NEW.created_at / 86400000 > day THEN NEW.created_at / 86400000 ELSE day END
    WHERE tenant_id = NEW.tenant_id;
END;

CREATE TRIGGER quotas_count_changed AFTER UPDATE OF status, size ON recordings
BEGIN
    UPDATE quotas
    SET bytes = bytes
            + CASE NEW.status WHEN 'COMPLETE' THEN COALESCE(NEW.size, 0)
                              WHEN 'PENDING' THEN COALESCE(NEW.promised_size, 0) ELSE 0 END
            - CASE OLD.status WHEN 'COMPLETE' THEN COALESCE(OLD.size, 0)
                              WHEN 'PENDING' THEN COALESCE(OLD.promised_size, 0) ELSE 0 END,
        recordings = recordings
            - CASE WHEN NEW.status = 'GIVEN_UP' AND OLD.status = 'PENDING' AND OLD.created_at / 86400000 = day
                   THEN 1 ELSE 0 END
    WHERE tenant_id = NEW.tenant_id;
END;
