DROP INDEX sessions_created_at;
DROP TABLE audit_log;
DROP TABLE sign_in_attempts;
DROP TABLE users;
