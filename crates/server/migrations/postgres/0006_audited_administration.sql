-- What an administrator changes at the machine, and the event of it, are one transaction.

ALTER POLICY others_add ON audit_events
    WITH CHECK (current_setting('app.purpose', true) IN ('sign_in', 'sweep', 'administration'));
