"""``rmsprop-course progress``: the board of what was passed, and a fresh start."""

import click

from rmsprop_course import progress
from rmsprop_course._extras import extra


@click.command("progress")
@click.option("--reset", is_flag=True, help="Forget all of it; the file stays under another name.")
@click.option("--yes", is_flag=True, help="Do not ask before --reset.")
def progress_command(reset: bool, yes: bool) -> None:
    """Show which exercises and quizzes you passed.

    They are kept on this machine alone. The environment variable RMSPROP_COURSE_PROGRESS may be
    the whole path of another folder for them; with the value off, nothing is kept.

    \b
    Examples:
      rmsprop-course progress
      rmsprop-course progress --reset
    """
    try:
        with extra("course"):
            import platformdirs  # noqa: F401 (without it there is no folder to read)

            from rmsprop_course import explorers
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from error
    if reset:
        _reset(ask=not yes)
        return
    click.echo(str(explorers.board()))
    if progress.is_off():
        click.echo(f"{progress.VARIABLE} is off: nothing that you pass is kept.")


def _reset(*, ask: bool) -> None:
    """Forget all that was passed, unless the user thinks better of it."""
    if progress.is_off():
        raise click.ClickException(f"{progress.VARIABLE} is off: what was kept earlier stays.")
    kept = progress.load()
    n_passed = len(kept.passed)
    if ask and n_passed and not click.confirm(f"Forget all that you passed ({n_passed})?"):
        click.echo(f"Nothing was forgotten. {kept.message}".strip())
        return
    forgotten = progress.reset()
    said = " ".join(dict.fromkeys(filter(None, [kept.message, forgotten.message])))
    if forgotten.put_aside is not None:
        path = click.format_filename(forgotten.put_aside)
        renamed = "renamed to progress.sqlite3 it counts again."
        click.echo(f"Forgotten. What you had passed is now in {path}; {renamed} {said}".strip())
    elif said:
        raise click.ClickException(said)
    else:
        click.echo("There is nothing to forget.")
