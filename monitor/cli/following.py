"""followup: looking again at what letters that went out complain of."""

import typer

from monitor.cli.opening import Json, workspace_of
from monitor.cli.output import end_progress, progress_line, say, show_json, shown, tell
from registry.counting import counted


def join(app: typer.Typer) -> None:
    app.command()(followup)


def followup(context: typer.Context, json: Json = False) -> None:
    """Look again, now, at every address of the letters that went out, and record what was removed, restored or reposted."""
    from monitor.runs.following import follow_now

    with workspace_of(context) as workspace:
        summary = follow_now(workspace, progress_line())
        end_progress()
    if json:
        show_json({"letters": summary.letters, "letters_late": summary.letters_late, "problems": summary.problems})
        return
    for line in summary.letters:
        say(shown(line))
    say(
        f"{counted(summary.letters_late, 'letter is', 'letters are')} late: semblance notice status"
        if summary.letters_late
        else "No letter is late."
    )
    for problem in summary.problems:
        tell(f"! {shown(problem)}")
