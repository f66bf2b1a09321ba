"""The demonstration: the whole job on this machine alone."""

from pathlib import Path


def run_demo(out: Path) -> int:
    """Run the demonstration into out, telling it line by line on the terminal; the exit code. Raises SemblanceError."""
    from monitor.cli.output import say
    from monitor.demo.story import perform

    return perform(out, say).exit_code
