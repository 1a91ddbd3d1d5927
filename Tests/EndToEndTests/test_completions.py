"""The completion scripts in their shells, which run on a terminal."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

from node import ROOT, Node

SHELLS = ["bash", "zsh", "fish"]


class Shell:
    """An interactive shell with the script loaded, in which a line is typed and TAB pressed."""

    STARTS = {
        "bash": ["bash", "--norc", "--noprofile", "-i"],
        "zsh": ["zsh", "-f", "-i"],
        "fish": ["fish", "--no-config", "--interactive"],
    }

    def __init__(self, name, node, folder):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
        self.name = name
        script = os.path.join(ROOT, "completions", f"p2pfwd.{name}")
        binaries = os.path.join(folder, "bin")
        os.makedirs(binaries)
        os.symlink(node.program, os.path.join(binaries, "p2pfwd"))
        environment = {
            "PATH": f"{binaries}:/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb",
            "LC_ALL": "C.UTF-8", "COLUMNS": "200", "LINES": "60", "PS1": "$ ",
        }
        master, slave = pty.openpty()
        self.terminal = master
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *self.STARTS[name]], stdin=slave, stdout=slave, stderr=slave,
            env=environment, cwd=folder)
        os.close(slave)
        # The width of the terminal, so that no line is broken.
        self.run("stty cols 200 rows 60")
        if name == "zsh":
            # The script is an autoloaded function, as in site-functions.
            functions = os.path.join(folder, "functions")
            os.makedirs(functions)
            shutil.copy(script, os.path.join(functions, "_p2pfwd"))
            self.run("unsetopt zle_bracketed_paste; unsetopt prompt_cr prompt_sp")
            self.run(f"fpath=({functions} $fpath); autoload -U compinit; compinit -u -D")
            self.run("LISTMAX=1000")
        elif name == "bash":
            self.run("bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; "
                     "bind 'set page-completions off'; bind 'set enable-bracketed-paste off'; "
                     f"source {script}")
        else:
            self.run(f"source {script}")
        # The prompt stands when a line is typed.
        self.quiet()

    def run(self, line):
        """Runs a command and waits until it was done."""
        os.write(self.terminal, f"{line}; echo ready-$(math 1 + 1 2>/dev/null || echo 2)\r".encode())
        return self.read_until("ready-2")

    def read_until(self, pattern, timeout=20):
        text = ""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, text):
            ready, _, _ = select.select([self.terminal], [], [], deadline - time.monotonic())
            assert ready, f"no {pattern!r} in {text!r}"
            text += os.read(self.terminal, 65_536).decode(errors="replace")
        return text

    def offers(self, line, expected=()):
        """What the shell offers behind the line; waits for the words that are expected."""
        if self.name == "fish":
            # What TAB would show, from the same machinery.
            os.write(self.terminal, f"complete -C '{line}'; echo ready-(math 1 + 1)\r".encode())
            text = self.read_until("ready-2")
            return {words.split("\t")[0].strip() for words in text.replace("\r", "\n").split("\n")}
        # Bash lists what fits at the second TAB, zsh at the end of input.
        os.write(self.terminal, line.encode() + (b"\t\t" if self.name == "bash" else b"\x04"))
        text = self.quiet(expected)
        os.write(self.terminal, b"\x15")
        self.quiet()
        return set(text.replace("\r", " ").split())

    def quiet(self, expected=()):
        """What comes until nothing came for a moment; longer where something is expected."""
        text = ""
        deadline = time.monotonic() + 10
        while True:
            is_complete = all(word in text.split() for word in expected)
            wait = 0.6 if is_complete else max(deadline - time.monotonic(), 0)
            if not select.select([self.terminal], [], [], wait)[0]:
                return text
            text += os.read(self.terminal, 65_536).decode(errors="replace")

    def stop(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


@pytest.fixture(scope="module")
def node():
    node = Node("completions")
    node.check("id")
    with open(os.path.join(node.home, "p2pfwd.yaml"), "w", encoding="utf-8") as file:
        os.chmod(file.name, 0o600)
        file.write("peers:\n  homebox: {forwards: -L 8080:localhost:80}\n  hothouse: {}\n")
    yield node
    node.remove()


@pytest.fixture(params=SHELLS)
def shell(request, node, tmp_path):
    shell = Shell(request.param, node, tmp_path)
    yield shell
    shell.stop()


def test_commands_options_peers_and_keys_are_offered(shell, node):
    home = f"--home {node.home}"
    cases = [
        ("p2pfwd net", {"netcheck"}),
        ("p2pfwd config ", {"check", "show", "get", "path"}),
        (f"p2pfwd {home} ping ho", {"homebox", "hothouse"}),
        (f"p2pfwd {home} config show ho", {"homebox", "hothouse"}),
        (f"p2pfwd {home} config get pro", {"probe-budget", "proxy", "proxy-auth"}),
        (f"p2pfwd {home} config get hold ho", {"homebox", "hothouse"}),
        (f"p2pfwd {home} -L 8080:localhost:80 ho", {"homebox", "hothouse"}),
        (f"p2pfwd {home} peers rm ho", {"homebox", "hothouse"}),
        ("p2pfwd serve --perm", {"--permit", "--permit-listen", "--permit-relay"}),
        ("p2pfwd serve --path ", {"auto", "direct", "relay"}),
        ("p2pfwd help p", {"pair", "peers", "permit", "ping", "pipe"}),
        ("p2pfwd -o Comp", {"Compression=no"}),
    ]
    for line, expected in cases:
        offers = shell.offers(line, expected)
        assert expected <= offers, (line, offers)


def test_nothing_is_offered_where_nothing_fits(shell, node):
    offers = shell.offers(f"p2pfwd --home {node.home} config path ho")

    assert not {"homebox", "hothouse"} & offers


def test_a_broken_file_does_not_disturb_the_line(shell, node, tmp_path):
    home = tmp_path / "broken"
    home.mkdir(mode=0o700)
    (home / "p2pfwd.yaml").write_text("holt: 1m\n")

    offers = shell.offers(f"p2pfwd --home {home} ping ho")

    assert not any("holt" in offer for offer in offers)
