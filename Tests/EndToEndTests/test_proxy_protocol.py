"""--proxy-protocol: the header of version 2, judged by servers that others wrote."""

import shutil
import socket
import subprocess
import time

import pytest

from node import free_port
from processes import Child
from support import connect


def haproxy(tmp_path, address, port):
    path = tmp_path / "haproxy.cfg"
    path.write_text(f"""
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend judge
    bind {address}:{port} accept-proxy
    http-request return status 200 content-type text/plain lf-string "%[src] %[dst] %[dst_port]"
""")
    return ["haproxy", "-db", "-f", str(path)]


def nginx(tmp_path, address, port):
    place = f"[{address}]" if ":" in address else address
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "\n".join(f"    {kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    path = tmp_path / "nginx.conf"
    path.write_text(f"""
daemon off;
master_process off;
pid {tmp_path}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
{folders}
    server {{
        listen {place}:{port} proxy_protocol;
        location / {{
            return 200 "$proxy_protocol_addr $proxy_protocol_server_addr $proxy_protocol_server_port";
        }}
    }}
}}
""")
    return ["nginx", "-e", "stderr", "-p", str(tmp_path), "-c", str(path)]


def start(command, address, port):
    """The server, once it takes connections."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    child = Child(command)
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
            return child
        except OSError:
            assert child.is_alive and time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("server", [haproxy, nginx])
def test_servers_that_expect_the_header_take_it(make_pair, tmp_path, server, address):
    port = free_port(address=address) if ":" not in address else free_port6()
    child = start(server(tmp_path, address, port), address, port)
    target = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    pair = make_pair([target], serve_options=["--proxy-protocol", target])
    _, (forwarded,) = pair.forward(target)

    def get():
        return subprocess.run(
            ["curl", "-sS", "-m", "20", f"http://127.0.0.1:{forwarded}/"], capture_output=True,
            text=True, timeout=30).stdout

    # The peer of this node is on IPv4; beside an IPv6 address both are written as such.
    peer = "::ffff:127.0.0.1" if ":" in address else "127.0.0.1"
    assert get() == f"{peer} {address} {port}"
    assert get() == f"{peer} {address} {port}"
    child.kill()


@pytest.mark.parametrize("server", [haproxy, nginx])
def test_without_the_option_they_turn_the_connection_away(make_pair, tmp_path, server):
    port = free_port()
    child = start(server(tmp_path, "127.0.0.1", port), "127.0.0.1", port)
    target = f"127.0.0.1:{port}"
    pair = make_pair([target])
    _, (forwarded,) = pair.forward(target)

    with connect(forwarded) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        try:
            answer = client.recv(4096)
        except ConnectionError:
            answer = b""
    assert b" 200 " not in answer
    child.kill()


def free_port6():
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return probe.getsockname()[1]
