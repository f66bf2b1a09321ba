"""What is fast and how accurate, measured."""
