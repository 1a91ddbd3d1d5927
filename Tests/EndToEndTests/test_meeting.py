"""Pairing by code and meeting through a rendezvous server, by the commands that people type.

All of it happens in a network namespace of its own: pairing also calls on the local network, and
nobody else's network is to hear that.
"""

import json
import os
import re
import shutil
import subprocess
import time

import pytest

from node import Node, find_program
from processes import Child, wait_until
from terminal import Terminal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

SERVER = "127.0.0.1:7070"
TARGET = "127.0.0.1:5000"
CODE = r"p2pfwd pair (\d+(?:-[a-z]+)+)"


@pytest.fixture
def island():
    """A namespace with nothing but the loopback interface."""
    name = f"p2pfwd-{os.getpid()}-island"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.fixture
def people(island):
    """A server, a node that serves a target, and one that does not know it yet."""
    nodes = {name: Node(name, island) for name in ("server", "homebox", "laptop")}
    children = [
        Child([find_program("load"), "serve", "--listen", TARGET], namespace=island),
        nodes["server"].start("rendezvous", "--listen", SERVER, "--websocket", "127.0.0.1:7443"),
    ]
    children[0].output.wait_for("^listening", 10)
    children[1].errors.wait_for("WebSocket", 15)
    try:
        yield nodes, children
    finally:
        for child in reversed(children):
            if child.is_alive:
                child.stop(5)
        for node in nodes.values():
            node.remove()


def serve(people, *options):
    nodes, children = people
    child = nodes["homebox"].serve("127.0.0.1:7001", [TARGET], options)
    children.append(child)
    child.errors.wait_for("registered", 15)
    return child


def invite(people, *options):
    """A code of the serving node; returns (child, code)."""
    nodes, children = people
    child = nodes["homebox"].start("pair", *options)
    children.append(child)
    # Without a terminal a code is made when no ticket comes in.
    child.process.stdin.close()
    return child, child.output.wait_for(CODE, 15).group(1)


def check_forward(people, island, peer, *options):
    nodes, children = people
    child, ports = nodes["laptop"].forward(peer, [f"0:{TARGET}"], options)
    children.append(child)
    load = Child([find_program("load"), "verify", "--connect", f"127.0.0.1:{ports[0]}",
                  "--flows", "4", "--bytes", "100000"], namespace=island)
    assert load.wait(60) == 0, load.errors.lines
    return child


def test_two_people_pair_with_a_code_and_forward_by_name(people, island):
    nodes, _ = people
    serve(people, "--rendezvous", SERVER)
    issuer, code = invite(people, "--name", "laptop")

    joined = nodes["laptop"].run("pair", code, "--name", "homebox", "--rendezvous", SERVER)

    assert joined.returncode == 0, joined.stderr
    assert issuer.wait(15) == 0
    phrases = [re.search(r"check phrase: ([a-z ]+)", text).group(1).strip()
               for text in (joined.stderr, "\n".join(issuer.errors.lines))]
    assert phrases[0].removesuffix(" ") == phrases[1]
    check_forward(people, island, "homebox")
    status = json.loads(nodes["laptop"].check("status", "--json"))
    assert status[0]["sessions"][0]["state"] == "up"
    assert status[0]["servers"][0]["up"]


def test_commands_explain_the_path(people):
    nodes, _ = people
    serve(people, "--rendezvous", SERVER)
    _, code = invite(people)
    nodes["laptop"].check("pair", code, "--name", "homebox", "--rendezvous", SERVER)

    ping = nodes["laptop"].run("ping", "homebox", "--until-direct", "--for", "20s")
    why = json.loads(nodes["laptop"].check("why", "homebox", "--json", timeout=40))
    check = json.loads(nodes["laptop"].check("netcheck", "--json"))
    counted = counters(nodes["server"])

    assert ping.returncode == 0 and "direct" in ping.stdout
    assert why["kind"] == "direct" and why["ours"]["candidates"] and why["theirs"]["candidates"]
    assert check["servers"][0]["observed"].startswith("127.0.0.1:")
    # Loopback takes more, but the largest sizes need data to go by.
    assert check["servers"][0]["pathMTU"] > 8_000
    assert check["routers"] == []
    assert counted["claims"] == 1 and counted["calls_answered"] >= 1


def counters(server):
    return json.loads(server.check("status", "--json"))[0]["counters"]


def test_a_peer_is_called_no_more_when_nobody_wants_it_any_more(people):
    nodes, children = people
    homebox = serve(people, "--rendezvous", SERVER)
    _, code = invite(people)
    nodes["laptop"].check("pair", code, "--name", "homebox", "--rendezvous", SERVER)
    homebox.stop()
    # The node that the command works through stays when the command has given up.
    children.append(nodes["laptop"].serve("127.0.0.1:7002", [], ["--rendezvous", SERVER]))
    nodes["laptop"].environment["P2PFWD_STANDALONE"] = ""

    forward = nodes["laptop"].run("-L", f"0:{TARGET}", "--connect-timeout", "3s", "homebox")
    assert forward.returncode == 4, forward.stderr
    calls = counters(nodes["server"])["calls"]
    # Pauses between calls are 2, 4 and 8 seconds long.
    time.sleep(6)

    assert calls > 0 and counters(nodes["server"])["calls"] == calls


def test_a_wrong_word_burns_the_code_on_both_sides(people):
    nodes, _ = people
    serve(people, "--rendezvous", SERVER)
    issuer, code = invite(people)
    number = code.split("-")[0]
    guess = f"{number}-maple-tundra"

    wrong = nodes["laptop"].run("pair", guess, "--rendezvous", SERVER)
    again = nodes["laptop"].run("pair", code, "--rendezvous", SERVER, timeout=60)

    assert wrong.returncode == 3 and "did not match" in wrong.stderr
    assert issuer.wait(15) == 3
    assert any("did not match" in line for line in issuer.errors.lines)
    assert again.returncode == 3


def test_a_mistyped_word_is_named_before_anything_is_sent(people):
    nodes, _ = people

    typo = nodes["laptop"].run("pair", "4821-maple-tundrq", "--rendezvous", SERVER)

    assert typo.returncode == 3
    assert "word 2" in typo.stderr and "tundra" in typo.stderr
    assert "nothing was sent" in typo.stderr


def test_pair_alone_asks_for_a_code_and_completes_its_words(people, island):
    nodes, children = people
    serve(people, "--rendezvous", SERVER)
    _, code = invite(people, "--name", "laptop")
    number, *words = code.split("-")
    terminal = Terminal(nodes["laptop"], "pair", "--name", "homebox", "--rendezvous", SERVER)
    children.append(terminal)
    terminal.wait_for("Code (Enter alone makes a new one): ")

    # Four letters tell any two words apart; the TAB key types the rest.
    terminal.type(f"{number}-{words[0][:4]}\t-{words[1][:4]}\t\n")

    terminal.wait_for("check phrase")
    assert terminal.wait(20) == 0
    check_forward(people, island, "homebox")


def test_enter_alone_makes_a_code(people):
    nodes, children = people
    serve(people, "--rendezvous", SERVER)
    terminal = Terminal(nodes["laptop"], "pair", "--rendezvous", SERVER)
    children.append(terminal)
    terminal.wait_for("Code (Enter alone makes a new one): ")

    terminal.type("\n")

    assert terminal.wait_for(CODE)


def test_a_mistyped_word_on_the_terminal_is_named(people):
    nodes, children = people
    terminal = Terminal(nodes["laptop"], "pair", "--rendezvous", SERVER)
    children.append(terminal)
    terminal.wait_for("Code (Enter alone makes a new one): ")

    terminal.type("4821-maple-tundrq\n")

    terminal.wait_for("word 2")
    assert terminal.wait(10) == 3


def test_a_code_in_place_of_a_name_saves_nothing(people, island):
    nodes, children = people
    sharing = nodes["homebox"].start("share", TARGET, "--rendezvous", SERVER)
    children.append(sharing)
    code = sharing.output.wait_for(CODE, 15).group(1)

    check_forward(people, island, code, "--rendezvous", SERVER)

    assert json.loads(nodes["laptop"].check("peers", "--json")) == []


def test_who_joins_is_told_what_is_offered_and_how_to_use_it(people, island):
    nodes, children = people
    sharing = nodes["homebox"].start("share", TARGET, "--rendezvous", SERVER)
    children.append(sharing)
    code = sharing.output.wait_for(CODE, 15).group(1)

    joined = nodes["laptop"].run("pair", code, "--name", "homebox", "--rendezvous", SERVER)

    assert joined.returncode == 0, joined.stderr
    assert f"it offers {TARGET}" in joined.stderr
    assert f"to use it: p2pfwd -L 5000:{TARGET} homebox" in joined.stderr
    check_forward(people, island, "homebox")


def test_of_two_servers_one_is_enough(people, island):
    nodes, children = people
    other = Node("other", island)
    nodes["other"] = other
    second = other.start("rendezvous", "--listen", "127.0.0.1:7080")
    children.append(second)
    second.errors.wait_for("listening", 15)
    servers = ["--rendezvous", SERVER, "--rendezvous", "127.0.0.1:7080"]
    serving = serve(people, *servers, "--path", "relay")
    serving.errors.wait_for("registered at 127.0.0.1:7080", 15)
    _, code = invite(people)
    nodes["laptop"].check("pair", code, "--name", "homebox", *servers)
    forward, (port,) = nodes["laptop"].forward(
        "homebox", [f"0:{TARGET}"], [*servers, "--path", "relay"])
    children.append(forward)

    ping = Child([find_program("load"), "ping", "--connect", f"127.0.0.1:{port}", "--seconds", "5"],
                 namespace=island)
    children.append(ping)
    time.sleep(1)
    children[1].kill()

    # The flow goes on by the relay that is left, whichever of the two it had.
    assert ping.result(60)["count"] > 0
    check_forward(people, island, "homebox", *servers, "--path", "relay")


def test_a_revoked_peer_is_refused(people, island):
    nodes, _ = people
    serve(people, "--rendezvous", SERVER)
    _, code = invite(people, "--name", "laptop")
    nodes["laptop"].check("pair", code, "--name", "homebox", "--rendezvous", SERVER)
    forward = check_forward(people, island, "homebox")

    nodes["homebox"].check("peers", "revoke", "laptop")

    assert forward.wait(20) == 3


def test_a_web_socket_alone_is_enough(people, island):
    nodes, _ = people
    socket = "ws://127.0.0.1:7443"
    serve(people, "--rendezvous", socket, "--path", "relay")
    _, code = invite(people)
    nodes["laptop"].check("pair", code, "--name", "homebox", "--rendezvous", socket)

    forward = check_forward(people, island, "homebox", "--path", "relay")

    assert forward.errors.wait_for("relayed in a WebSocket", 10)


@pytest.fixture(params=["socks5h", "http"])
def proxy(request, island, tmp_path):
    """A proxy of the network, by its URL, and what it said."""
    if request.param == "socks5h":
        command, expected = ["microsocks", "-i", "127.0.0.1", "-p", "1080"], "127.0.0.1:7443"
    else:
        configuration = tmp_path / "tinyproxy.conf"
        configuration.write_text("Port 1080\nListen 127.0.0.1\nLogLevel Connect\n")
        command, expected = ["tinyproxy", "-d", "-c", configuration], "CONNECT 127.0.0.1:7443"
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    child = Child(command, namespace=island)
    try:
        wait_until(lambda: subprocess.run(
            ["ip", "netns", "exec", island, "nc", "-z", "127.0.0.1", "1080"]).returncode == 0)
        yield f"{request.param}://127.0.0.1:1080", child, expected
    finally:
        child.stop()


@pytest.mark.parametrize("source", ["option", "environment"])
def test_a_proxy_of_the_network_stands_between(people, island, proxy, source):
    nodes, _ = people
    url, child, expected = proxy
    socket = "ws://127.0.0.1:7443"
    serve(people, "--rendezvous", socket, "--path", "relay")
    _, code = invite(people)
    options = ["--rendezvous", socket, "--proxy", url]
    if source == "environment":
        options = options[:2]
        nodes["laptop"].environment["ALL_PROXY"] = url

    nodes["laptop"].check("pair", code, "--name", "homebox", *options)
    check_forward(people, island, "homebox", "--path", "relay", *options[2:])

    seen = [line for line in child.output.lines + child.errors.lines if expected in line]
    # Pairing, and the session.
    assert len(seen) >= 2


def test_clients_come_back_to_a_server_that_was_killed(people, island):
    nodes, children = people
    serving = serve(people, "--rendezvous", SERVER)
    _, code = invite(people)
    nodes["laptop"].check("pair", code, "--name", "homebox", "--rendezvous", SERVER)

    children[1].kill()
    children[1] = nodes["server"].start("rendezvous", "--listen", SERVER)

    serving.errors.wait_for("registered at .* again", 60)
    check_forward(people, island, "homebox")


def test_a_server_with_another_key_is_refused(people):
    nodes, children = people
    nodes["laptop"].run("netcheck", "--rendezvous", SERVER)
    serve(people, "--rendezvous", SERVER)
    children[1].kill()
    os.remove(os.path.join(nodes["server"].home, "identity"))
    children[1] = nodes["server"].start("rendezvous", "--listen", SERVER)

    denied = nodes["homebox"].start("pair")
    children.append(denied)
    denied.process.stdin.close()

    # The home knows the old key; the new one does not answer to it.
    denied.output.wait_for(CODE, 30)
    denied.errors.wait_for("same LAN only", 10)
