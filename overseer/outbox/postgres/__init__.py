"""The same rows on a PostgreSQL server, as jobs of procrastinate."""
