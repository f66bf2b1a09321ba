"""The database: its engine, write lock and triggers, what SQLite and PostgreSQL do differently, and how it forgets."""
