"""What is left after workers, commands, databases and object stores were killed at points drawn by lot."""
