"""What is protected, by whom, who may use it, and the vault that keeps the bytes."""
