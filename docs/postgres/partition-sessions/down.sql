-- Makes `sessions` an ordinary table again, after up.sql. It keeps and needs the same as up.sql, and locks the table too.
--
--     psql -1 -v ON_ERROR_STOP=1 -f down.sql

SELECT set_config('role', pg_get_userbyid(relowner), true) FROM pg_class WHERE oid = 'sessions'::regclass;
LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE;

DO $$
DECLARE
    old CONSTANT regclass := 'sessions'::regclass;
    parameters text;
    afterwards text[];
    statement text;
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = old) <> 'p' THEN
        RAISE EXCEPTION 'sessions is not partitioned';
    END IF;

    SELECT coalesce('WITH (' || array_to_string(reloptions, ', ') || ')', '') INTO parameters
        FROM pg_class JOIN pg_inherits ON oid = inhrelid WHERE inhparent = old ORDER BY relname LIMIT 1;

    -- `ONLY` is in the definition of the index of a partitioned table.
    SELECT array_agg(replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')) INTO afterwards
        FROM pg_index WHERE indrelid = old AND NOT indisprimary;
    SELECT afterwards || array_agg(format('GRANT %s ON sessions TO %s%s', privilege_type,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
            CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)) INTO afterwards
        FROM pg_class, aclexplode(relacl) WHERE oid = old AND grantee <> relowner;

    EXECUTE 'CREATE TABLE sessions_new (LIKE sessions INCLUDING ALL EXCLUDING INDEXES) ' || parameters;
    INSERT INTO sessions_new SELECT * FROM sessions;

    DROP TABLE sessions; -- its partitions with it
    ALTER TABLE sessions_new RENAME TO sessions;
    ALTER TABLE sessions ADD CONSTRAINT sessions_pkey PRIMARY KEY (session_key);
    FOREACH statement IN ARRAY coalesce(afterwards, '{}') LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

ANALYZE sessions;
