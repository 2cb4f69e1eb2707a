-- How often passwords were guessed of late, by address and by account. It is no tenant's: who is let in is not known yet.
CREATE TABLE attempts (
    kind     TEXT   NOT NULL, -- address, account
    key_hash TEXT   NOT NULL, -- SHA-256 of the address, or of what was typed as the account's
    since    BIGINT NOT NULL, -- when the window began
    failures BIGINT NOT NULL, -- attempts in it that have not succeeded
    PRIMARY KEY (kind, key_hash)
);

CREATE INDEX attempts_by_age ON attempts (kind, since);

ALTER TABLE attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in ON attempts USING (current_setting('app.purpose', true) = 'sign_in');
CREATE POLICY sweep_finds ON attempts FOR SELECT USING (current_setting('app.purpose', true) = 'sweep');
CREATE POLICY sweep_forgets ON attempts FOR DELETE USING (current_setting('app.purpose', true) = 'sweep');
