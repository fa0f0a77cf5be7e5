"""``rmsprop-course bench``: the optimizers side by side against the memory floor."""

import os
from pathlib import Path

import click

from rmsprop_course._extras import extra


@click.command("bench")
@click.option(
    "--device", metavar="NAME", help="cpu, cuda, cuda:1, … Default: the accelerator, if any."
)
@click.option(
    "--case",
    "cases",
    metavar="NAME",
    multiple=True,
    help="Only this case: 1x50M, 200x100k, 1000x1k, resnet50, gpt2 or 1x1G. Repeatable.",
)
@click.option(
    "--rounds",
    metavar="N",
    type=click.IntRange(min=1),
    help="Timings of each optimizer. Default: 15, or 5 with --quick.",
)
@click.option("--quick", is_flag=True, help="Under a minute: smaller cases, nothing compiled.")
@click.option(
    "--json",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the results to FILE as well.",
)
def bench_command(
    device: str | None, cases: tuple[str, ...], rounds: int | None, quick: bool, file: Path | None
) -> None:
    """Time RMSProp's step on this machine.

    PyTorch's RMSprop and ours step lists of parameters by every path that each has. The table says
    how long a step takes, how many times as fast it is as the faster of PyTorch's default and
    foreach, how many times as long as the floor, and how much memory it needs on top. The floor is
    the time to read and write what a step must: 20 bytes for each parameter, 36 with momentum and
    centering.

    The whole takes about ten minutes on two cores, half of them to compile. Close other programs
    first.

    \b
    Examples:
      rmsprop-course bench --quick
      rmsprop-course bench --case gpt2 --rounds 30
      rmsprop-course bench --device cpu --json results.json
    """
    if file is not None:
        _check_folder(file.resolve().parent)
    try:
        with extra("course"):  # which brings all of it
            from rmsprop_course import benchmark
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from error
    try:
        report = benchmark.run(
            device=device, cases=cases, rounds=rounds, quick=quick, progress=True
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except MemoryError as error:
        raise click.ClickException(str(error)) from error
    click.echo(benchmark.format_table(report))
    if file is not None:
        file.write_text(report.to_json(), encoding="utf-8")
        click.echo(f"\nWritten to {click.format_filename(file)}")


def _check_folder(folder: Path) -> None:
    """Raise, before minutes of work, if no file can be written to a folder."""
    if not os.access(folder, os.W_OK):
        raise click.BadParameter(
            f"cannot write to {click.format_filename(folder)}", param_hint="--json"
        )
