"""The container images: what their files say is there, works, and is built where there is an engine."""

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

import pytest

from node import ROOT, find_program, free_port
from processes import Child

FOLDER = os.path.join(ROOT, "packaging", "docker")
NAMES = ["node", "rendezvous"]
INSTRUCTIONS = {"ARG", "FROM", "SHELL", "RUN", "WORKDIR", "COPY", "LABEL", "USER", "VOLUME", "EXPOSE",
                "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
HOME = "/var/lib/p2pfwd"


def path_of(name):
    return os.path.join(FOLDER, f"{name}.Dockerfile")


def stages(name):
    """The stages of a Dockerfile, each a list of (instruction, argument); the first holds what stands
    before FROM."""
    with open(path_of(name), encoding="utf-8") as file:
        text = file.read()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    parts = [[]]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        word, argument = line.split(None, 1)
        assert word in INSTRUCTIONS, line
        if word == "FROM":
            parts.append([])
        parts[-1].append((word, argument))
    return parts


def arguments(stage, word):
    return [argument for instruction, argument in stage if instruction == word]


def packages(stage):
    [run] = [argument for argument in arguments(stage, "RUN") if "apt-get install" in argument]
    words = shlex.split(run.split("apt-get install", 1)[1].split("&&")[0])
    return {word for word in words if not word.startswith("-")}


def is_ignored(path):
    """Whether `.dockerignore` keeps a path from the engine; the last pattern that fits decides."""
    ignored = False
    with open(os.path.join(ROOT, ".dockerignore"), encoding="utf-8") as file:
        for line in file.read().split():
            if line.startswith("#"):
                continue
            pattern = re.escape(line.lstrip("!")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
            if re.fullmatch(f"{pattern}(/.*)?", path):
                ignored = not line.startswith("!")
    return ignored


@pytest.mark.parametrize("name", NAMES)
def test_what_is_copied_is_there(name):
    """Also what Package.swift names must reach the engine, or nothing is built."""
    _, build, run = stages(name)
    copied = [words.split()[:-1] for words in arguments(build, "COPY")]
    sources = [source.rstrip("/") for words in copied for source in words]
    with open(os.path.join(ROOT, "Package.swift"), encoding="utf-8") as file:
        paths = re.findall(r'path: "([^"]+)"', file.read())

    for source in sources:
        assert os.path.exists(os.path.join(ROOT, source)) and not is_ignored(source), source
    for path in paths:
        assert path.split("/")[0] in sources and not is_ignored(path), path
    assert not is_ignored("Sources/p2pfwd/P2PForward.swift") and is_ignored(".git/config")
    assert is_ignored(".build/release/p2pfwd") and is_ignored("README.md")
    assert arguments(run, "COPY") == ["--from=build /install/ /"]


@pytest.mark.parametrize("name", NAMES)
def test_the_image_runs_without_rights(name):
    _, _, run = stages(name)

    assert arguments(run, "USER") == ["10001:10001"]
    assert "--uid 10001" in " ".join(arguments(run, "RUN"))
    assert [json.loads(text) for text in arguments(run, "VOLUME")] == [[HOME]]
    assert arguments(run, "STOPSIGNAL") == ["SIGTERM"]


@pytest.mark.parametrize("name", NAMES)
def test_packages_are_those_that_the_program_needs(name):
    _, build, run = stages(name)
    with open(os.path.join(ROOT, "Tests/Tools/install-dependencies"), encoding="utf-8") as file:
        wanted = file.read()
    for package in packages(build):
        assert re.search(rf"\b{re.escape(package)}\b", wanted), package

    linked = subprocess.run(["ldd", find_program("p2pfwd")], capture_output=True, text=True, check=True)
    if not shutil.which("dpkg-query") or "VERSION_CODENAME=bookworm" not in open(
            "/etc/os-release", encoding="utf-8").read():
        pytest.skip("the libraries of Debian 12 are not here")
    has = packages(run) | {"libc6", "libgcc-s1", "libstdc++6", "libtinfo6"}
    for library in re.findall(r"=> (/\S+)", linked.stdout):
        if "libswift" in library or "lib_Foundation" in library:
            continue  # These are in the program that is built for the image.
        owner = subprocess.run(
            ["dpkg-query", "-S", os.path.realpath(library)], capture_output=True, text=True)
        if owner.returncode == 0:
            assert owner.stdout.split(":")[0] in has, library


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="p2pfwd-image-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def command(words, home, port):
    """A command of the image as it runs here: this program, another home and port."""
    assert words[0] == "p2pfwd"
    listed = [home if word == HOME else word for word in words[1:]]
    return [find_program("p2pfwd"), *(re.sub(r"^\[::\]:\d+$", f"127.0.0.1:{port}", word) for word in listed)]


@pytest.mark.parametrize("name", NAMES)
def test_the_command_of_the_image_runs_and_is_healthy(name):
    _, _, run = stages(name)
    [entry], [words], [health] = (arguments(run, word) for word in ("ENTRYPOINT", "CMD", "HEALTHCHECK"))
    check = json.loads(health[health.index("CMD") + 3:])
    port = free_port(socket.SOCK_DGRAM)
    exposed = arguments(run, "EXPOSE")[0].split()
    [listen] = [word for word in json.loads(words) if word.startswith("[::]:")]
    assert f"{listen.removeprefix('[::]:')}/udp" in exposed

    with folder() as home:
        asked = command(check, home, port)
        assert subprocess.run(asked, capture_output=True, timeout=20).returncode != 0
        child = Child(command(json.loads(entry) + json.loads(words), home, port), name=name,
                      environment={"P2PFWD_STANDALONE": ""})
        child.errors.wait_for("listening on", 15)

        done = subprocess.run(asked, capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done.stderr
        assert child.stop(10) == 0


@pytest.mark.parametrize("name", NAMES)
def test_hadolint_finds_nothing(name):
    program = shutil.which("hadolint", path=f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("hadolint is not installed")
    # DL3008: Debian replaces the versions of its packages, and a pinned one is soon gone.
    done = subprocess.run(
        [program, "--no-color", "--ignore", "DL3008", path_of(name)], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout


def engine():
    """The words that build an image here, or None."""
    for name in ("docker", "podman", "buildah"):
        if not shutil.which(name):
            continue
        try:
            if subprocess.run([name, "info"], capture_output=True, timeout=20).returncode == 0:
                return [name, "build"]
        except subprocess.TimeoutExpired:
            pass
    return None


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("name", NAMES)
def test_images_are_built(name):
    build = engine()
    if build is None:
        pytest.skip("no engine for containers runs here (docker, podman, buildah)")
    done = subprocess.run(
        [*build, "-f", path_of(name), "-t", f"p2pfwd-test-{name}", ROOT], capture_output=True, text=True,
        timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
