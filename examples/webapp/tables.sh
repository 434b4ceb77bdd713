# tables.sh SOCKETS ROLE: the application's role, its database and its table, where they are missing.
# Peer authentication: the role is the user that the application runs as. The mail queue makes its own tables.
set -eu
psql="psql -X -q -v ON_ERROR_STOP=1 -v role=$2 -h $1"

$psql -d postgres <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('CREATE DATABASE webapp OWNER %I', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'webapp') \gexec
SQL
$psql -d webapp <<'SQL'
SET client_min_messages = warning;
SET ROLE :"role";
CREATE TABLE IF NOT EXISTS guest (email text PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
SQL
