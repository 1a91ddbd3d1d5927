"""Programs that people use, through a forward: what they do directly, they do through it."""

import functools
import getpass
import hashlib
import http.server
import os
import shutil
import subprocess
import threading

import pytest

from node import free_port
from processes import Child
from support import EchoTarget, receive_all
from topologies import Loopback
from tunnels import SSH, await_port

MEBIBYTE = 1 << 20


def needs(*programs):
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [program for program in programs if not shutil.which(program, path=path)]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


def run(*words, **options):
    """Runs a program that must succeed; returns what it wrote."""
    done = subprocess.run(
        list(map(str, words)), capture_output=True, timeout=60,
        **{"stdin": subprocess.DEVNULL} if "input" not in options else {}, **options)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


@pytest.fixture
def forward_to(make_pair):
    """Serves a port of this machine to a peer and forwards one to it: forward_to(port) -> port."""
    def forward(target_port):
        target = f"127.0.0.1:{target_port}"
        return make_pair([target]).forward(target)[1][0]

    return forward


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


@pytest.fixture
def web_server(tmp_path):
    """The files of a folder by HTTP; returns (folder, port)."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(QuietHandler, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, server.server_port
    server.shutdown()
    server.server_close()


@needs("curl")
def test_curl_fetches_many_files_at_once(web_server, forward_to):
    folder, port = web_server
    contents = {f"file{number}": os.urandom(MEBIBYTE // 4) for number in range(32)}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    fetched = folder / "fetched"

    run("curl", "-sS", "--fail", "--parallel", "--parallel-max", 16, "--create-dirs",
        "--output-dir", fetched, "--remote-name-all",
        f"http://127.0.0.1:{forward_to(port)}/file[0-31]")

    assert {path.name: path.read_bytes() for path in fetched.iterdir()} == contents


@needs("curl")
def test_a_curl_that_is_killed_does_not_harm_the_next_one(web_server, forward_to):
    folder, port = web_server
    content = os.urandom(32 * MEBIBYTE)
    (folder / "file").write_bytes(content)
    url = f"http://127.0.0.1:{forward_to(port)}/file"

    with subprocess.Popen(["curl", "-sS", url], stdout=subprocess.PIPE) as killed:
        assert killed.stdout.read(MEBIBYTE) == content[:MEBIBYTE]
        killed.kill()

    assert run("curl", "-sS", "--fail", url) == content


@needs("git")
def test_git_clones_and_pushes(tmp_path, forward_to):
    environment = {
        **os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_{what}": "tester@localhost" for who in ("AUTHOR", "COMMITTER")
           for what in ("NAME", "EMAIL")}}

    def git(*words):
        return run("git", *words, env=environment).decode().strip()

    git("init", "-q", "--bare", "-b", "main", tmp_path / "origin.git")
    port = free_port()
    Child(["git", "daemon", "--listen=127.0.0.1", f"--port={port}", "--export-all",
           "--enable=receive-pack", f"--base-path={tmp_path}", tmp_path])
    await_port(Loopback().serving, port)
    url = f"git://127.0.0.1:{forward_to(port)}/origin.git"
    work, copy = tmp_path / "work", tmp_path / "copy"

    git("init", "-q", "-b", "main", work)
    (work / "data").write_bytes(os.urandom(2 * MEBIBYTE))
    git("-C", work, "add", "data")
    git("-C", work, "commit", "-q", "-m", "data")
    git("-C", work, "push", "-q", url, "main")
    git("clone", "-q", url, copy)

    assert git("-C", copy, "rev-parse", "HEAD") == git("-C", work, "rev-parse", "HEAD")
    assert (copy / "data").read_bytes() == (work / "data").read_bytes()


@needs("ssh", "ssh-keygen", "sshd")
def test_ssh_logs_in_and_carries_both_directions(tmp_path, forward_to):
    ssh = SSH(Loopback(), target_port=free_port())
    try:
        ssh.start()
        content = os.urandom(2 * MEBIBYTE)
        words = ["ssh", "-F", "none", "-i", f"{ssh.folder}/user", "-p", forward_to(ssh.port),
                 "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known",
                 "-o", "IdentitiesOnly=yes", f"{getpass.getuser()}@127.0.0.1"]

        digest = run(*words, "sha256sum", input=content)
        there_and_back = run(*words, "cat", input=content)
    finally:
        ssh.stop()

    assert digest.split()[0].decode() == hashlib.sha256(content).hexdigest()
    assert there_and_back == content


@pytest.mark.parametrize("program", [
    pytest.param(["nc", "-N", "127.0.0.1"], marks=needs("nc")),
    pytest.param(["socat", "-t", "20", "-"], marks=needs("socat"))], ids=lambda words: words[0])
def test_an_end_of_input_reaches_the_other_side_and_the_answer_comes_back(program, forward_to):
    target = EchoTarget(lambda connection: connection.sendall(b"end: " + receive_all(connection)))
    port = forward_to(target.port)
    place = [f"TCP:127.0.0.1:{port}"] if program[0] == "socat" else [port]
    try:
        answer = run(*program, *place, input=b"some words")
    finally:
        target.close()

    assert answer == b"end: some words"


@needs("openssl")
def test_openssl_speaks_tls_end_to_end(tmp_path, forward_to):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", 2, "-subj", "/CN=localhost", "-keyout", key, "-out", certificate)
    port = free_port()
    server = Child(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-key", key,
                    "-cert", certificate, "-rev", "-quiet"])
    await_port(Loopback().serving, port)

    client = Child(["openssl", "s_client", "-connect", f"127.0.0.1:{forward_to(port)}",
                    "-CAfile", certificate, "-verify_return_error", "-quiet"])
    client.say("reversed")

    client.output.wait_for("^desrever$", 20)
    # It takes no notice of a gentler signal.
    client.kill()
    assert server.is_alive
