"""``rmsprop-course verify``: the course's headline numbers, measured anew on this machine."""

import sys

import click

from rmsprop_course._extras import extra


@click.command("verify")
@click.option(
    "--lesson",
    "lessons",
    metavar="NN",
    multiple=True,
    help="Only the numbers of this lesson, such as 09. Repeatable.",
)
def verify_command(lessons: tuple[str, ...]) -> None:
    """Measure the course's headline numbers, and compare them with what was predicted.

    Every number comes from an experiment that runs now; all of them take about two minutes. The
    exit status is 1 if one of them is farther from its prediction than is allowed.

    \b
    Examples:
      rmsprop-course verify
      rmsprop-course verify --lesson 09
    """
    try:
        with extra("course"):
            from rmsprop_course.headlines import HEADLINES, format_table
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from error
    known = sorted({headline.lesson for headline in HEADLINES})
    for lesson in lessons:
        if lesson not in known:
            raise click.UsageError(f"--lesson must be one of {', '.join(known)}, got {lesson}")
    chosen = [headline for headline in HEADLINES if headline.lesson in (lessons or known)]
    with click.progressbar(chosen, label="Measuring", file=sys.stderr) as headlines:
        outcomes = [headline.run() for headline in headlines]
    click.echo(format_table(outcomes))
    if not all(outcome.agrees for outcome in outcomes):
        raise click.exceptions.Exit(1)
