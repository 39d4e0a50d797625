-- What is in the log stays there, and stays as it is. Only a payload may be emptied, once.
CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'events' THEN
        IF octet_length(NEW.payload) = 0
            AND (to_jsonb(NEW) - 'payload') = (to_jsonb(OLD) - 'payload')
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% on %.% is refused: the log is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON log.events
    FOR EACH ROW EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON log.events
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON log.head
    FOR EACH ROW EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON log.head
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
