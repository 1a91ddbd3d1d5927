"""-W and pipe: standard input and output, as ssh's ProxyCommand and others use them."""

import os
import pwd
import shutil
import subprocess
import tempfile

import pytest

from node import free_port
from processes import Child
from support import EchoTarget, receive_all


def command(pair, *words):
    return [pair.connecting.program, "--home", pair.connecting.home, *words]


def run(pair, *words, data=b"", timeout=60, **options):
    return subprocess.run(
        command(pair, *words), input=data, capture_output=True, timeout=timeout, **options)


def test_input_goes_there_and_the_answer_comes_back(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    data = os.urandom(3_000_000)

    done = run(pair, "-q", "-W", echo_target.address, "homebox", data=data)

    assert done.returncode == 0, done.stderr
    assert done.stdout == data


def test_files_are_read_and_written(make_pair, echo_target, tmp_path):
    pair = make_pair([echo_target.address])
    data = os.urandom(1_000_000)
    (tmp_path / "in").write_bytes(data)

    with open(tmp_path / "in", "rb") as source, open(tmp_path / "out", "wb") as sink:
        done = subprocess.run(
            command(pair, "-W", echo_target.address, "homebox"), stdin=source, stdout=sink,
            stderr=subprocess.PIPE, timeout=60)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == data


def test_the_end_of_input_is_the_end_for_the_target(make_pair):
    target = EchoTarget(lambda connection: connection.sendall(
        b"%d bytes" % len(receive_all(connection))))
    pair = make_pair([target.address])

    assert run(pair, "-W", target.address, "homebox", data=b"abc").stdout == b"3 bytes"
    target.close()


def test_a_refusal_has_the_words_of_ssh_and_an_exit_code(make_pair):
    port = free_port()
    pair = make_pair(["localhost:*"])

    done = run(pair, "-W", f"127.0.0.1:{port}", "homebox")

    assert done.returncode == 6
    text = done.stderr.decode()
    assert f"open failed: 127.0.0.1:{port}: connection refused" in text
    assert "stdio forwarding failed" in text
    assert run(pair, "-o", "SshExitCodes=yes", "-W", f"127.0.0.1:{port}", "homebox"
               ).returncode == 255


def test_a_reader_that_goes_away_ends_the_command(make_pair):
    def endless(connection):
        while True:
            connection.sendall(b"x" * 65536)

    target = EchoTarget(endless)
    pair = make_pair([target.address])
    process = subprocess.Popen(
        command(pair, "-q", "-W", target.address, "homebox"), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.read(1) == b"x"
    process.stdout.close()

    assert process.wait(20) == 6
    target.close()


@pytest.fixture
def ssh_server():
    """An sshd of our own on loopback; gives the options with which ssh gets in."""
    folder = tempfile.mkdtemp(prefix="p2pfwd-ssh-")
    os.makedirs("/run/sshd", exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}"], check=True)
    shutil.copy(f"{folder}/user.pub", f"{folder}/authorized")
    port = free_port()
    with open(f"{folder}/config", "w") as file:
        file.write(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/authorized\nPidFile {folder}/pid\n"
            "StrictModes no\nUsePAM no\nPermitRootLogin yes\n")
    server = Child(["/usr/sbin/sshd", "-D", "-e", "-f", f"{folder}/config"])
    server.errors.wait_for("Server listening", 10)
    user = pwd.getpwuid(os.getuid()).pw_name
    options = [
        "-F", "none", "-i", f"{folder}/user", "-o", "StrictHostKeyChecking=no", "-o",
        "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
    yield port, user, options
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def proxy_option(pair):
    words = " ".join(command(pair, "-q", "-W", "%h:%p", "homebox"))
    return f"ProxyCommand={words}"


def test_ssh_goes_through_as_its_proxy_command(make_pair, ssh_server):
    port, user, options = ssh_server
    pair = make_pair([f"localhost:{port}"])

    done = subprocess.run(
        ["ssh", *options, "-o", proxy_option(pair), "-p", str(port), f"{user}@127.0.0.1",
         "wc -c"], input=b"z" * 1_000_000, capture_output=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == b"1000000"


def test_git_clones_over_it(make_pair, ssh_server, tmp_path):
    port, user, options = ssh_server
    pair = make_pair([f"localhost:{port}"])
    origin = tmp_path / "origin"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", origin], check=True)
    (origin / "file").write_bytes(os.urandom(200_000))
    subprocess.run([*git, "-C", origin, "add", "."], check=True)
    subprocess.run([*git, "-C", origin, "commit", "-q", "-m", "first"], check=True)
    words = " ".join(["ssh", *options, "-o", f"'{proxy_option(pair)}'"])

    subprocess.run(
        ["git", "clone", "-q", f"ssh://{user}@127.0.0.1:{port}{origin}", tmp_path / "clone"],
        check=True, timeout=60, env={**os.environ, "GIT_SSH_COMMAND": words})

    assert (tmp_path / "clone/file").read_bytes() == (origin / "file").read_bytes()


@pytest.mark.parametrize("first", ["connecting", "serving"])
def test_two_pipes_meet_whoever_comes_first(make_pair, first):
    pair = make_pair([])
    # The serving side knows the other one once it was there.
    pair.connecting.check("ping", "homebox", "--until-direct", "--for", "20s")
    pair.server.stop()
    data = {"connecting": os.urandom(2_000_000), "serving": os.urandom(500_000)}
    words = {
        "connecting": [pair.connecting.program, "--home", pair.connecting.home, "pipe", "homebox"],
        "serving": [pair.serving.program, "--home", pair.serving.home, "pipe", "laptop",
                    "--listen", pair.listen],
    }
    processes, sinks = {}, {}
    for name in sorted(words, key=lambda name: name != first):
        source = tempfile.TemporaryFile()
        source.write(data[name])
        source.seek(0)
        sinks[name] = tempfile.TemporaryFile()
        processes[name] = subprocess.Popen(
            words[name], stdin=source, stdout=sinks[name], stderr=subprocess.PIPE)

    for name, process in processes.items():
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, (name, errors)
    for name, other in (("connecting", "serving"), ("serving", "connecting")):
        sinks[name].seek(0)
        assert sinks[name].read() == data[other]


def test_a_pipe_to_a_node_that_has_none_is_refused(make_pair):
    pair = make_pair([])

    done = run(pair, "pipe", "homebox")

    assert done.returncode == 6
    assert b"no `p2pfwd pipe` waits" in done.stderr
