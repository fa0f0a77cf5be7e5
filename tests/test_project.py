"""pyproject.toml, constraints.txt, the environments and CITATION.cff agree, also with what runs."""

import os
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PIN_LINES = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
# From Requires-Dist in the METADATA of torch's Linux wheels on PyPI. The CPU-only build lacks it.
TRITON_OF_TORCH = {"2.13.0": "3.7.1"}


def name_of(requirement: Requirement) -> str:
    return canonicalize_name(requirement.name)


def pinned_versions() -> dict[str, Version]:
    pins = [Requirement(line) for line in PIN_LINES]
    return {name_of(pin): Version(str(pin.specifier).removeprefix("==")) for pin in pins}


def declared_requirements() -> list[Requirement]:
    groups = [PROJECT["dependencies"], *EXTRAS.values()]
    requirements = [Requirement(text) for group in groups for text in group]
    return [r for r in requirements if name_of(r) != PROJECT["name"]]


def installed_requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    """What `name` with `extras` needs on this machine, as far as `name` is installed."""
    try:
        texts = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, texts):
        environments = [{"extra": extra} for extra in extras | {""}]
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            yield requirement


def reachable_packages() -> set[str]:
    """Every package that the project with all its extras brings to this machine."""
    todo = {(PROJECT["name"], frozenset(EXTRAS))}
    done = set()
    while todo:
        package = todo.pop()
        done.add(package)
        for requirement in installed_requirements(*package):
            todo |= {(name_of(requirement), frozenset(requirement.extras))} - done
    return {name for name, _ in done} - {PROJECT["name"]}


def test_a_pin_is_one_public_version_and_no_address():
    line = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?")
    assert [pin for pin in PIN_LINES if not line.fullmatch(pin)] == []


def test_a_package_has_one_pin():
    names = [name_of(Requirement(line)) for line in PIN_LINES]
    assert sorted(set(names)) == sorted(names)


def test_each_requirement_has_a_pin_that_satisfies_it():
    pins = pinned_versions()
    unmet = [
        requirement
        for requirement in declared_requirements()
        if name_of(requirement) not in pins
        or pins[name_of(requirement)] not in requirement.specifier
    ]
    assert unmet == []


def test_installed_packages_have_the_pinned_versions():
    pins = pinned_versions()
    installed = {}
    for name in reachable_packages():
        try:
            installed[name] = Version(Version(metadata.version(name)).public)
        except metadata.PackageNotFoundError:
            continue
    assert {"numpy", "torch", "jupyterlab"} <= installed.keys()
    assert installed == {name: pins.get(name) for name in installed}


def test_the_test_extra_and_what_it_needs_are_installed():
    missing = {
        name_of(requirement)
        for requirement in declared_requirements()
        if requirement.marker is None or requirement.marker.evaluate()
    } - {canonicalize_name(d.metadata["Name"]) for d in metadata.distributions()}
    assert missing == set()


def test_triton_is_the_one_that_torch_requires():
    pins = pinned_versions()
    published = [
        Version(str(requirement.specifier).removeprefix("=="))
        for requirement in installed_requirements("torch", frozenset())
        if name_of(requirement) == "triton"
    ]
    expected = published or [Version(TRITON_OF_TORCH[str(pins["torch"])])]
    assert [pins["triton"]] == expected


def test_torch_is_pinned_where_the_resolver_reads_it():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    (torch,) = map(Requirement, tool["uv"]["constraint-dependencies"])
    assert torch == Requirement(f"torch=={pinned_versions()['torch']}")


def test_each_extra_lists_a_package_once_and_in_order():
    for group in [PROJECT["dependencies"], *EXTRAS.values()]:
        names = [name_of(Requirement(text)) for text in group]
        assert names == sorted(set(names))


def environment_parts() -> tuple[list[str], list[str]]:
    """The conda packages and the pip lines of environment.yml."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (pip,) = [entry["pip"] for entry in entries if isinstance(entry, dict)]
    return [entry for entry in entries if isinstance(entry, str)], pip


def test_conda_gives_a_python_that_the_project_supports():
    packages = dict(entry.partition("=")[::2] for entry in environment_parts()[0])
    assert packages["python"] in Requirement(f"python{PROJECT['requires-python']}").specifier


def test_conda_packages_with_a_version_have_the_pinned_one():
    pins = pinned_versions()
    given = dict(entry.partition("=")[::2] for entry in environment_parts()[0])
    versions = {name: Version(text) for name, text in given.items() if text and name != "python"}
    assert versions == {name: pins.get(name) for name in versions}


def test_conda_installs_the_project_under_its_constraints():
    constraint, project = environment_parts()[1]
    assert constraint == "--constraint constraints.txt"
    extras = re.fullmatch(r"--editable \.\[(.+)\]", project)
    assert extras, project
    assert {"course", "test"} <= set(extras[1].split(",")) <= EXTRAS.keys()


def test_binder_installs_the_course_as_make_does():
    binder = ROOT / "binder"
    *given, pip = yaml.safe_load((binder / "environment.yml").read_text())["dependencies"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (uv,) = re.findall(r"^UV_VERSION := (.+)$", makefile, re.MULTILINE)
    assert pip == {"pip": [f"uv=={uv}"]}
    assert given == environment_parts()[0]
    command = (binder / "postBuild").read_text().splitlines()[-1]
    assert command.endswith(" --constraint constraints.txt --editable '.[course]'")
    assert os.access(binder / "postBuild", os.X_OK)


def test_the_citation_names_this_version_its_authors_and_license():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"] == metadata.version(PROJECT["name"])
    assert " AND ".join(citation["license"]) == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in PROJECT["authors"]
    ]


def test_makefile_and_project_ask_for_the_same_python():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (asked,) = re.findall(r"sys\.version_info < \((\d+), (\d+)\)", makefile)
    assert PROJECT["requires-python"] == f">={'.'.join(asked)}"
