"""Evidence: a folder that anybody can verify without this project."""
