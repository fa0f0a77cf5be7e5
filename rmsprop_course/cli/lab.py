"""``rmsprop-course lab``: brings the lessons to a folder and opens JupyterLab there.

The rules of copying are in ``lessons``; starting JupyterLab is here.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import click

from rmsprop_course import __version__
from rmsprop_course._extras import extra
from rmsprop_course.cli import shipped
from rmsprop_course.cli.lessons import Event, copy_lessons

_AFTER_DASHES = "rmsprop_course.after_dashes"


class _PassThroughCommand(click.Command):
    """A command that keeps what follows ``--`` for the program that it starts."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            dashes = args.index("--")
            args, ctx.meta[_AFTER_DASHES] = args[:dashes], args[dashes + 1 :]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- JUPYTERLAB OPTIONS]"]


@click.command("lab", cls=_PassThroughCommand)
@click.argument(
    "folder",
    metavar="[DIR]",
    default="rmsprop-lessons",
    type=click.Path(file_okay=False, path_type=Path),
)
@click.option(
    "--reset",
    "resets",
    metavar="LESSON",
    multiple=True,
    help="Put a fresh copy of a lesson beside yours; give its number or its name. Repeatable.",
)
@click.option("--no-open", is_flag=True, help="Only copy the lessons; do not start JupyterLab.")
@click.option(
    "--no-browser", is_flag=True, help="Start JupyterLab, print its address, open no browser."
)
@click.option("--edit", is_flag=True, help="Copy nothing: open the notebooks in DIR themselves.")
@click.pass_context
def lab_command(
    context: click.Context,
    folder: Path,
    resets: tuple[str, ...],
    no_open: bool,
    no_browser: bool,
    edit: bool,
) -> None:
    """Open the lessons in JupyterLab.

    The lessons are copied to DIR (default: rmsprop-lessons), and what you write there is yours:
    when the course is upgraded, a lesson that you changed stays as it is, and the new one is put
    beside it under a name such as 02_the_moving_average.new-0.2.0.ipynb.

    \b
    Examples:
      rmsprop-course lab                      lessons in ./rmsprop-lessons
      rmsprop-course lab --reset 2            a fresh lesson 02 beside yours
      rmsprop-course lab my-rmsprop -- --port 9000
    """
    if edit and (resets or no_open):
        raise click.UsageError("--edit copies nothing: leave out --reset and --no-open")
    if edit and not folder.is_dir():
        raise click.UsageError(f"--edit needs a folder that exists, got {_shown(folder)}")
    if not edit:
        _bring_lessons(folder, resets)
    if not no_open:
        browser = not no_browser and _has_screen()
        open_jupyterlab(folder, browser=browser, options=context.meta.get(_AFTER_DASHES, []))


def _bring_lessons(folder: Path, resets: Sequence[str]) -> None:
    """Copy the shipped lessons and say what happened."""
    lessons = shipped.read_lessons()
    if not lessons:
        raise click.ClickException(f"no lessons in {_shown(shipped.lessons_folder())}")
    _refuse_source_folder(folder)
    reset = {_find_lesson(wanted, lessons) for wanted in resets}
    try:
        events = copy_lessons(lessons, folder, version=__version__, reset=reset)
    except OSError as error:
        raise click.ClickException(
            f"cannot bring the lessons to {_shown(folder)}: {error.strerror}"
        ) from error
    for event in events:
        click.echo(_sentence(event))
    click.echo(f"The lessons are in {_shown(folder.resolve())}")


def _refuse_source_folder(folder: Path) -> None:
    """Refuse to copy the lessons over themselves."""
    source = shipped.lessons_folder().resolve()
    if source not in (folder.resolve(), *folder.resolve().parents):
        return
    advice = "`make edit` opens it" if shipped.is_source_tree() else "choose another one"
    raise click.ClickException(f"{_shown(folder)} is the source of the lessons: {advice}")


def _find_lesson(wanted: str, lessons: Mapping[str, bytes]) -> str:
    """Return the file name of a lesson that was named by its number or its name."""
    for lesson in lessons:
        number, _, title = Path(lesson).stem.partition("_")
        if wanted in (lesson, Path(lesson).stem, title) or (
            wanted.isdecimal() and number.isdecimal() and int(wanted) == int(number)
        ):
            return lesson
    known = ", ".join(Path(lesson).stem for lesson in lessons)
    raise click.BadParameter(f"LESSON must be one of {known}, got {wanted!r}", param_hint="--reset")


def _sentence(event: Event) -> str:
    """Say in one line what happened to a lesson."""
    match event.action:
        case "new":
            return f"kept        {event.lesson} is yours; the new version is {event.note}"
        case "fresh":
            return f"reset       {event.lesson} is kept; a fresh copy is {event.note}"
        case "left alone":
            return f"left alone  {event.lesson}: {event.note}"
        case _:
            return f"{event.action:<11} {event.lesson}"


def open_jupyterlab(folder: Path, *, browser: bool, options: Sequence[str] = ()) -> None:
    """Run JupyterLab in a folder, on its first notebook, until it is stopped.

    Parameters
    ----------
    folder : Path
        The folder that JupyterLab shows.
    browser : bool
        Open a browser; otherwise JupyterLab prints its address.
    options : sequence of str
        Further options of JupyterLab.

    Raises
    ------
    click.ClickException
        If JupyterLab is not installed.
    """
    try:
        with extra("course"):
            from jupyterlab.labapp import LabApp
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from error
    _add_default_settings()
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        click.echo("You are root: JupyterLab starts with --allow-root")
    click.echo("JupyterLab starts; Ctrl-C stops it")
    server = LabApp.initialize_server(
        jupyterlab_options(folder, browser=browser, is_root=is_root, options=options)
    )
    sign_in = server.identity_provider
    if not (sign_in.token and sign_in.token_generated):  # else JupyterLab prints it
        click.echo(f"JupyterLab is at {server.display_url}")
    server.start()


def jupyterlab_options(
    folder: Path, *, browser: bool, is_root: bool, options: Sequence[str] = ()
) -> list[str]:
    """Return the options that make JupyterLab open a folder on its first notebook.

    Parameters
    ----------
    folder : Path
        The folder that JupyterLab shows.
    browser : bool
        Let JupyterLab open a browser.
    is_root : bool
        Allow what JupyterLab refuses to root by default.
    options : sequence of str
        The user's options; they take the place of ours.

    Returns
    -------
    list of str

    Examples
    --------
    >>> jupyterlab_options(Path("/nowhere"), browser=False, is_root=False)[-2:]
    ['--LabApp.default_url=/lab', '--no-browser']
    """
    notebooks = sorted(folder.glob("[0-9]*.ipynb"))
    first = f"/lab/tree/{quote(notebooks[0].name)}" if notebooks else "/lab"
    ours = [
        "--log-level=WARN",
        "--ServerApp.answer_yes=True",  # the first Ctrl-C stops it
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url={first}",
        *([] if browser else ["--no-browser"]),
        *(["--allow-root"] if is_root else []),
    ]
    given = {option.partition("=")[0] for option in options}
    return [option for option in ours if option.partition("=")[0] not in given] + [*options]


def _add_default_settings() -> None:
    """Let JupyterLab start without its question about news; the user's settings still win."""
    ours = str(Path(__file__).parent / "jupyter")
    theirs = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([theirs, ours] if theirs else [ours])


def _has_screen() -> bool:
    """Tell whether a browser has a screen to open on."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _shown(path: Path) -> str:
    return click.format_filename(path)
