-- Appends a batch, from lock to commit, in one call. Each append is judged alone; one that is refused leaves the others
-- be. It commits by itself: a caller that stalls between its call and the end of its message, or does not take the
-- answer, holds no lock.
--
-- Arguments: arrays with one element per append (streams, expected, counts), per event (event_*), per new secret
-- (secret_*). *_append is the number of the append, counted from 1; counts is its number of events. Events come in
-- the order of their appends. The caller sees to it that no two appends of a batch share a stream, an event id or a
-- secret.
--
-- Verdicts: 0 appended; 1 an event id was there already, so version, position and stream are those of the last event
-- of the append that wrote it; 2 the stream is at another version, which is the one returned; 3 another key or secret
-- is there already, or was destroyed.
--
-- Every statement behind the head's lock has a new snapshot (READ COMMITTED), so it sees all that was committed before.
-- Correlated subqueries, not joins: they keep to the indexes whatever the statistics say.
CREATE PROCEDURE log.append_batch(
    streams text[],
    expected integer[],
    counts integer[],
    event_append integer[],
    event_offset integer[],
    event_stream text[],
    event_ids uuid[],
    event_types text[],
    event_schema_versions smallint[],
    event_subjects bigint[],
    event_objects bigint[],
    event_metas text[],
    event_payloads bytea[],
    secret_append integer[],
    secret_subjects bigint[],
    secret_objects bigint[],
    secret_bytes bytea[],
    OUT verdicts smallint[],
    OUT versions integer[],
    OUT positions bigint[],
    OUT found_streams text[]
) LANGUAGE plpgsql AS $$
DECLARE
    head bigint;
    stamp timestamptz;
    hits bigint[];
    actual integer[];
    taken integer[] := '{}';
    appended bigint;
BEGIN
    SELECT h.position, greatest(date_trunc('milliseconds', clock_timestamp()), h.recorded_at)
        INTO STRICT head, stamp FROM log.head AS h FOR UPDATE;
    SELECT array_agg(f.position ORDER BY f.n) INTO hits FROM (
        SELECT i.n, min((SELECT e.position FROM log.events AS e WHERE e.event_id = i.id)) AS position
        FROM unnest(event_append, event_ids) AS i(n, id) GROUP BY i.n
    ) AS f;

    SELECT array_agg(coalesce(
            (SELECT e.version FROM log.events AS e WHERE e.stream = a.stream ORDER BY e.version DESC LIMIT 1), 0
        ) ORDER BY a.n) INTO actual
    FROM unnest(streams) WITH ORDINALITY AS a(stream, n);

    IF cardinality(secret_append) > 0 THEN
        SELECT coalesce(array_agg(s.n), '{}') INTO taken
        FROM unnest(secret_append, secret_subjects, secret_objects, secret_bytes) AS s(n, subject, object, bytes)
        WHERE CASE WHEN s.object IS NULL
            THEN EXISTS (SELECT FROM vault.account_keys AS k
                WHERE k.account_id = s.subject AND k.wrapped IS DISTINCT FROM s.bytes)
            ELSE EXISTS (SELECT FROM vault.object_secrets AS k
                WHERE k.object_id = s.object AND k.secret IS DISTINCT FROM s.bytes)
            END;
    END IF;

    SELECT array_agg(CASE
            WHEN hits[a.n] IS NOT NULL THEN 1
            WHEN actual[a.n] <> a.expected THEN 2
            WHEN a.n = ANY (taken) THEN 3
            ELSE 0 END ORDER BY a.n) INTO verdicts
    FROM unnest(expected) WITH ORDINALITY AS a(expected, n);

    SELECT
        array_agg(CASE o.verdict
            WHEN 0 THEN o.expected + o.count
            WHEN 1 THEN (SELECT e.version + e.rest FROM log.events AS e WHERE e.position = hits[o.n])
            ELSE actual[o.n] END ORDER BY o.n),
        array_agg(CASE o.verdict
            WHEN 0 THEN head + o.upto
            WHEN 1 THEN (SELECT e.position + e.rest FROM log.events AS e WHERE e.position = hits[o.n]) END ORDER BY o.n),
        array_agg(CASE o.verdict
            WHEN 1 THEN (SELECT e.stream FROM log.events AS e WHERE e.position = hits[o.n]) END ORDER BY o.n),
        max(o.upto)
        INTO versions, positions, found_streams, appended
    FROM (
        SELECT a.n, a.expected, a.count, a.verdict,
            sum(CASE a.verdict WHEN 0 THEN a.count ELSE 0 END) OVER (ORDER BY a.n) AS upto
        FROM unnest(expected, counts, verdicts) WITH ORDINALITY AS a(expected, count, verdict, n)
    ) AS o;

    IF appended > 0 THEN
        INSERT INTO log.events (position, event_id, subject, object, recorded_at, version, schema_version, rest, stream,
            event_type, meta, payload)
        SELECT head + row_number() OVER (ORDER BY e.ordinal), e.id, e.subject, e.object, stamp,
            expected[e.n] + e.nth, e.schema_version, counts[e.n] - e.nth, e.stream, e.type, e.meta, e.payload
        FROM unnest(event_append, event_offset, event_stream, event_ids, event_types, event_schema_versions,
                event_subjects, event_objects, event_metas, event_payloads)
            WITH ORDINALITY AS e(n, nth, stream, id, type, schema_version, subject, object, meta, payload, ordinal)
        WHERE verdicts[e.n] = 0;

        IF cardinality(secret_append) > 0 THEN
            INSERT INTO vault.account_keys (account_id, wrapped)
            SELECT s.subject, s.bytes
            FROM unnest(secret_append, secret_subjects, secret_objects, secret_bytes) AS s(n, subject, object, bytes)
            WHERE s.object IS NULL AND verdicts[s.n] = 0
            ON CONFLICT (account_id) DO NOTHING;

            INSERT INTO vault.object_secrets (object_id, secret)
            SELECT s.object, s.bytes
            FROM unnest(secret_append, secret_subjects, secret_objects, secret_bytes) AS s(n, subject, object, bytes)
            WHERE s.object IS NOT NULL AND verdicts[s.n] = 0
            ON CONFLICT (object_id) DO NOTHING;
        END IF;

        UPDATE log.head AS h SET position = head + appended, recorded_at = stamp;
    END IF;

    COMMIT;
END
$$;
