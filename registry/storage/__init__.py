"""The database's file: its engine, pragmas, write lock and triggers, and how it forgets what was deleted."""
