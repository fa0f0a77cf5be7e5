"""The command line, ``rmsprop-course``: one module a command, each a thin layer over functions."""

import sys
from typing import Any

import click

from rmsprop_course.cli.bench import bench_command
from rmsprop_course.cli.classroom import classroom_command
from rmsprop_course.cli.doctor import doctor_command
from rmsprop_course.cli.lab import lab_command
from rmsprop_course.cli.progress import progress_command
from rmsprop_course.cli.verify import verify_command


class _OneLineErrors(click.Group):
    """A group of commands whose errors are one line each."""

    def main(self, *args: Any, **settings: Any) -> Any:
        try:
            status = super().main(*args, **{**settings, "standalone_mode": False})
        except click.ClickException as error:
            click.echo(f"Error: {error.format_message()}", err=True)
            status = error.exit_code
        except OSError as error:  # a file or the machine, not the course
            click.echo(f"Error: {error}", err=True)
            status = 1
        except click.Abort:
            status = 130  # what shells report after Ctrl-C
        sys.exit(status)


@click.group(cls=_OneLineErrors, invoke_without_command=True)
@click.version_option(package_name="rmsprop-course", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """A course on RMSProp in Jupyter notebooks.

    Start with `rmsprop-course doctor`, which checks this machine, then `rmsprop-course lab`,
    which opens the lessons.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


main.add_command(lab_command)
main.add_command(doctor_command)
main.add_command(progress_command)
main.add_command(bench_command)
main.add_command(verify_command)
main.add_command(classroom_command)
