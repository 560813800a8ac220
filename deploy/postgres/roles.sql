-- The two roles and the database, once, as a superuser of PostgreSQL 17 or later:
--
--   WALLET_OWNER_PASSWORD=… WALLET_SERVICE_PASSWORD=… psql --set ON_ERROR_STOP=1 --file deploy/postgres/roles.sql
--
-- The owner migrates. The service adds ledger rows and can neither change nor delete them; `wallet migrate up` grants
-- it what it needs.

\getenv owner_password WALLET_OWNER_PASSWORD
\getenv service_password WALLET_SERVICE_PASSWORD

-- A failing statement is logged, and these hold passwords.
set log_min_error_statement = panic;

create role wallet_owner login password :'owner_password';
create role wallet_service login password :'service_password';

-- The same order and case rules on every machine, for ever.
create database wallet owner wallet_owner template template0
  encoding 'UTF8' locale 'C' locale_provider builtin builtin_locale 'C.UTF-8';
revoke all on database wallet from public;
grant connect on database wallet to wallet_service;
