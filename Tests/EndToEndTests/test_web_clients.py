"""The same echo by the JavaScript client and the Python client, through a real node."""

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest

from node import ROOT, Node, free_port

KEY = "a key that both ends know"
JAVASCRIPT = os.path.join(ROOT, "clients/javascript")
PYTHON = os.path.join(ROOT, "clients/python")
MESSAGES = ["Hello, world!", "grüße", "x" * 10_000, ""]


@pytest.fixture(scope="module")
def echo():
    """(web port, UDP port, file with the key) of a node, and of the echo at the end of a link."""
    node, other = Node("web"), Node("echo")
    web = free_port()
    udp, link, own = (free_port(socket.SOCK_DGRAM) for _ in range(3))
    key = os.path.join(other.home, "key")
    with open(key, "w", encoding="utf-8") as file:
        file.write(KEY)
    os.chmod(key, 0o600)
    serving = node.serve(
        f"127.0.0.1:{own}", [], ["--web", f"127.0.0.1:{web}", "--web-udp", str(link)])
    echoing = other.start("listen-key", "--port", str(udp), "--key-file", key, "--echo")
    yield web, udp, key
    for child in (serving, echoing):
        if child.is_alive:
            child.stop(5)
    node.remove()
    other.remove()


# These processes serve all tests of the module.
@pytest.fixture(autouse=True)
def ended_processes():
    yield


def node_program():
    program = shutil.which("node")
    if not program:
        pytest.skip("node is not installed")
    code = "require('ws')"
    if subprocess.run([program, "-e", code], env=javascript_environment(),
                      capture_output=True).returncode != 0:
        pytest.skip("the package ws is not installed")
    return program


def javascript_environment():
    return {**os.environ, "NODE_PATH": "/usr/share/nodejs"}


def script(language):
    """The command of the example, and its environment."""
    if language == "javascript":
        return ([node_program(), os.path.join(JAVASCRIPT, "examples/echo.mjs")],
                javascript_environment())
    pytest.importorskip("websockets")
    return ([sys.executable, os.path.join(PYTHON, "examples/websocket_udp_client.py")],
            {**os.environ, "PYTHONPATH": os.path.join(PYTHON, "src")})


def run(language, *words, timeout=60):
    command, environment = script(language)
    return subprocess.run([*command, *map(str, words)], env=environment, capture_output=True,
                          text=True, timeout=timeout)


@pytest.mark.parametrize("language", ["javascript", "python"])
def test_the_same_script_gets_the_same_echo(echo, language):
    web, udp, key = echo

    words = [word for message in MESSAGES for word in ("--message", message)]
    done = run(language, "--host", "127.0.0.1", "--port", web, "--remote-host", "127.0.0.1",
               "--remote-port", udp, "--key-file", key, *words)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == MESSAGES
    states = [line.split(":")[0] for line in done.stderr.splitlines()]
    assert states == ["CONNECTED", "UDP_WAITING", "UDP_ESTABLISHED", "DISCONNECTED"]


@pytest.mark.parametrize("language", ["javascript", "python"])
def test_a_token_that_is_not_accepted_is_told(echo, language):
    web, udp, key = echo

    done = run(language, "--host", "127.0.0.1", "--port", web, "--token", "invented",
               "--remote-host", "127.0.0.1", "--remote-port", udp, "--key-file", key)

    assert done.returncode == 1
    assert "does not accept the token" in done.stderr


JAVASCRIPT_CHECK = """
import { NodeClient, SRMUDPWebSocketClient, Status } from %(module)s;

const [web, udp, key] = process.argv.slice(-3);
const url = `ws://127.0.0.1:${web}`;
const told = {};
for (const secrets of ['headers', 'query']) {
    const client = new SRMUDPWebSocketClient(url, '127.0.0.1', Number(udp), key, { secrets });
    await client.connect();
    await client.waitFor(Status.established);
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, index) => index * 7);
    await client.sendBinary(bytes);
    const back = await client.receive({ timeout: 30_000 });
    told[secrets] = back instanceof Uint8Array && Buffer.compare(back, bytes) === 0;
    await client.close();
}
const node = new NodeClient(`http://127.0.0.1:${web}`, { methods: ['node.info'] });
told.protocol = (await node.call('node.info')).protocol;
told.refused = await node.call('node.stop').then(() => 'stopped', (error) => error.name);
console.log(JSON.stringify(told));
"""


def test_javascript_sends_a_megabyte_both_ways_and_calls_what_it_may(echo, tmp_path):
    web, udp, _ = echo
    program = tmp_path / "check.mjs"
    module = json.dumps(os.path.join(JAVASCRIPT, "p2pfwd.js"))
    program.write_text(JAVASCRIPT_CHECK % {"module": module})

    done = subprocess.run(
        [node_program(), str(program), str(web), str(udp), KEY], env=javascript_environment(),
        capture_output=True, text=True, timeout=90)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "headers": True, "query": True, "protocol": 1, "refused": "NodeError"}


def test_python_sends_a_megabyte_both_ways_and_blocks_if_wanted(echo):
    pytest.importorskip("websockets")
    sys.path.insert(0, os.path.join(PYTHON, "src"))
    try:
        from p2pfwd.websocket import BlockingSRMUDPWebSocketClient, Status
    finally:
        sys.path.pop(0)
    web, udp, _ = echo
    data = bytes(range(256)) * 4000

    for in_query in (False, True):
        with BlockingSRMUDPWebSocketClient(
                f"ws://127.0.0.1:{web}", "127.0.0.1", udp, KEY,
                secrets_in_query=in_query) as client:
            client.wait_for(Status.UDP_ESTABLISHED, timeout=30)
            client.send_binary(data)
            assert client.receive(timeout=30) == data
