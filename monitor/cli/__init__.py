"""The command line. Modules here load nothing heavy before a command runs."""
