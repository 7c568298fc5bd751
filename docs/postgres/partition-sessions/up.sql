-- Partitions `sessions` by the hash of `session_key`, into 16 tables. For PostgreSQL; docs/scale.md says who needs it.
--
-- It keeps the columns, the indexes and their names, the rows, the privileges and the storage parameters. It doesn't keep
-- triggers and policies, and it fails and changes nothing if a foreign key or a view needs the table.
-- It locks the table from beginning to end, so requests wait. It needs free space for a second copy of the table.
--
--     psql -1 -v ON_ERROR_STOP=1 -f up.sql

-- The new tables belong to the owner of the old one, whoever runs this. The end of the transaction resets it.
SELECT set_config('role', pg_get_userbyid(relowner), true) FROM pg_class WHERE oid = 'sessions'::regclass;
LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE;

DO $$
DECLARE
    partitions CONSTANT integer := 16; -- change it here, before the first run
    old CONSTANT regclass := 'sessions'::regclass;
    parameters text;
    afterwards text[];
    statement text;
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = old) <> 'r' THEN
        RAISE EXCEPTION 'sessions is not an ordinary table';
    END IF;

    SELECT coalesce('WITH (' || array_to_string(reloptions, ', ') || ')', '') INTO parameters
        FROM pg_class WHERE oid = old;

    -- What has to be made again when the old table is gone: the other indexes, under their names, and the privileges.
    SELECT array_agg(pg_get_indexdef(indexrelid)) INTO afterwards
        FROM pg_index WHERE indrelid = old AND NOT indisprimary;
    SELECT afterwards || array_agg(format('GRANT %s ON sessions TO %s%s', privilege_type,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
            CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)) INTO afterwards
        FROM pg_class, aclexplode(relacl) WHERE oid = old AND grantee <> relowner;

    CREATE TABLE sessions_new (LIKE sessions INCLUDING ALL EXCLUDING INDEXES) PARTITION BY HASH (session_key);
    FOR remainder IN 0 .. partitions - 1 LOOP
        EXECUTE format('CREATE TABLE sessions_%s PARTITION OF sessions_new FOR VALUES WITH (MODULUS %s, REMAINDER %s) %s',
            remainder, partitions, remainder, parameters);
    END LOOP;
    INSERT INTO sessions_new SELECT * FROM sessions;

    DROP TABLE sessions;
    ALTER TABLE sessions_new RENAME TO sessions;
    ALTER TABLE sessions ADD CONSTRAINT sessions_pkey PRIMARY KEY (session_key);
    FOREACH statement IN ARRAY coalesce(afterwards, '{}') LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

ANALYZE sessions;
