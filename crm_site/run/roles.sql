-- The two roles, and what every database made here has. Run by a superuser, once, in template1.
-- The owner changes the schema (and may make databases for tests); the app reads and writes rows.
CREATE ROLE crm LOGIN CREATEDB;
CREATE ROLE crm_app LOGIN;
GRANT crm_app TO crm WITH INHERIT FALSE, SET TRUE;
GRANT pg_signal_backend, pg_read_all_stats TO crm;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;
CREATE EXTENSION citext;
CREATE EXTENSION btree_gist;
CREATE EXTENSION btree_gin;
CREATE EXTENSION fuzzystrmatch;
