-- What Sextant needs of a new PostgreSQL: three roles, the extensions, an empty database. For psql as a superuser, in template1:
-- SEXTANT_PASSWORD, SEXTANT_APP_PASSWORD and SEXTANT_WORKER_PASSWORD hold the passwords. Repeatable: one that was interrupted is completed by the next.
\getenv owner_password SEXTANT_PASSWORD
\getenv app_password SEXTANT_APP_PASSWORD
\getenv worker_password SEXTANT_WORKER_PASSWORD
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['sextant', 'sextant_app', 'sextant_worker']) AS name WHERE to_regrole(name) IS NULL \gexec
ALTER ROLE sextant LOGIN CREATEDB NOSUPERUSER PASSWORD :'owner_password';
ALTER ROLE sextant_app LOGIN NOSUPERUSER PASSWORD :'app_password';
ALTER ROLE sextant_worker LOGIN NOSUPERUSER PASSWORD :'worker_password';
GRANT sextant_app, sextant_worker TO sextant;
GRANT pg_monitor TO sextant, sextant_worker;
CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pgstattuple;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
SELECT 'CREATE DATABASE sextant OWNER sextant' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'sextant') \gexec
