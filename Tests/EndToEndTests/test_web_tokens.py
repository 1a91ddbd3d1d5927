"""Tokens of the web endpoint, and JSON-RPC over HTTP: the program, with curl as client."""

import base64
import hashlib
import json
import os
import signal
import socket
import stat
import subprocess
import time

import pytest

from node import Node, free_port

CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Support",
                            "Certificates")
AUTHORITY = os.path.join(CERTIFICATES, "authority.pem")
UNAUTHORIZED = "this needs a token that is valid"


class Answer:
    def __init__(self, text):
        head, _, self.text = text.partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.status = int(lines[0].split()[1])
        self.fields = {name.lower(): value.strip()
                       for name, _, value in (line.partition(":") for line in lines[1:])}

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def message(self):
        return self.json["error"]["message"]


class Web:
    """A serving node with a web server; asked with curl."""

    def __init__(self, node, *options, listen=None):
        self.node = node
        self.port = free_port()
        self.options = options
        self.scheme = "https" if "--web-tls-cert" in options else "http"
        self.start(listen or f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}")

    def start(self, listen):
        self.listen = listen
        self.child = self.node.start(
            "serve", "-v", "-v", "--listen", listen, "--web", f"127.0.0.1:{self.port}",
            *self.options)
        self.child.errors.wait_for("web: http", 15)

    def restart(self):
        self.stop()
        self.start(self.listen)

    def stop(self):
        if self.child.is_alive:
            self.child.stop(5)

    def ask(self, method, path, *words, body=None, token=None, host="localhost"):
        command = ["curl", "--silent", "--include", "--max-time", "70", "--http1.1",
                   "--cacert", AUTHORITY, "-X", method, *words]
        if method == "HEAD":
            command += ["--head"]
        if body is not None:
            command += ["--data-binary", "@-", "-H", "Content-Type: application/json"]
        if token is not None:
            command += ["-H", f"Authorization: Bearer {token}"]
        text = body if isinstance(body, (str, type(None))) else json.dumps(body)
        done = subprocess.run(
            [*command, f"{self.scheme}://{host}:{self.port}{path}"], input=(text or "").encode(),
            capture_output=True, timeout=90)
        assert done.returncode == 0, done.stderr.decode()
        return Answer(done.stdout.decode())

    def make(self, **members):
        answer = self.ask("PUT", "/v0/token", body=members)
        assert answer.status == 200, answer.text
        return answer.json["token"]

    def validate(self, token):
        return self.ask("GET", "/v0/token/validate", token=token).json["valid"]

    def rpc(self, method, params=None, **more):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
        return self.ask("POST", "/jsonrpc", body=body, **more)


@pytest.fixture
def start_web():
    started = []

    def start(*options, node=None, listen=None):
        web = Web(node or Node("web"), *options, listen=listen)
        started.append(web)
        return web

    yield start
    for web in started:
        web.stop()
        web.node.remove()


@pytest.fixture
def web(start_web):
    return start_web()


# Tokens

def test_a_token_is_made_and_validated(web):
    answer = web.ask("PUT", "/v0/token")
    made = answer.json
    assert answer.status == 200 and answer.fields["cache-control"] == "no-store"
    assert len(made["token"]) == 43 and made["uses"] is None and made["links"] is None
    assert made["peers"] == {} and made["methods"] == [] and made["metrics"] is False
    assert made["expires"].endswith("Z")

    for words in (["-H", f"Authorization: Bearer {made['token']}"],
                  ["-H", f"Sec-WebSocket-Protocol: p2pfwd, token.{made['token']}"]):
        seen = web.ask("GET", "/v0/token/validate", *words).json
        assert seen["valid"] and seen["id"] == made["id"] and "token" not in seen
    assert web.ask("GET", f"/v0/token/validate?token={made['token']}").json["valid"]
    assert web.ask("GET", "/v0/token/validate").json == {"valid": False}
    assert web.ask("GET", "/v0/token/validate?token=wrong").json == {"valid": False}


def test_older_clients_get_one_with_get_and_nobody_with_head(web):
    made = web.ask("GET", "/v0/token").json
    assert web.validate(made["token"])
    head = web.ask("HEAD", "/v0/token")
    assert head.status == 405 and "PUT" in head.fields["allow"]
    assert web.ask("POST", "/v0/token").status == 405
    assert web.ask("GET", "/v0/token?uses=1").status == 400
    assert len(web.ask("GET", "/v0/tokens").json["tokens"]) == 1


def test_what_a_token_is_to_be_is_checked(web):
    for body, message in [
        ('{"expire":1}', "'expire' is not known; did you mean 'expires'?"),
        ('{"private_key":"0x1"}', "'private_key' is not known"),
        ('{"uses":0}', "'uses' must be a whole number from 1 to 1000000"),
        ('{"links":["10.0.0.1"]}', "the port is missing"),
        ('{"peers":{"nobody":["any"]}}', "there is no peer called 'nobody'"),
        ('{"methods":["node.inf"]}', "did you mean 'node.info'?"),
        ("[]", "it must be an object"), ("{", "unexpected end at byte 1"),
        ('{"uses":1,"uses":2}', "a name occurs twice"),
        ('{"links":' + "[" * 10_000, "nested deeper than 32"),
        ('{"uses":1e400}', "the number is too large"),
        ('{"label":"\\ud800"}', "half of a surrogate pair"),
        ('{"label":"\0"}', "a control character must be an escape"),
    ]:
        answer = web.ask("PUT", "/v0/token", body=body)
        assert answer.status == 400 and message in answer.message, answer.text
        assert answer.json["detail"] == answer.message
    assert web.ask("PUT", "/v0/token", body='{"label":"' + "x" * (2 << 20)).status == 413
    assert web.ask("GET", "/v0/tokens").json == {"tokens": []}


def test_missing_used_expired_and_unknown_are_one_answer(web):
    used = web.make(uses=1, methods=["node.info"])
    assert web.rpc("node.info", token=used).status == 200
    expired = web.make(expires=1, methods=["node.info"])
    revoked = web.make(methods=["node.info"])
    assert web.ask("DELETE", "/v0/token", token=revoked).status == 200
    time.sleep(1.1)

    answers = [web.rpc("node.info", token=token)
               for token in (None, used, expired, revoked, "unknown")]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].message == UNAUTHORIZED
    assert answers[0].fields["www-authenticate"].startswith("Bearer")
    lengths = {tuple(sorted(set(answer.fields) - {"date"})) for answer in answers}
    assert len(lengths) == 1


@pytest.mark.parametrize("query", ["token=a&token=a", "token=a&token=b", "token=%zz", "token=%4",
                                   "x=%&token=a", "token=%ff", "token=a&=b"])
def test_a_query_that_is_wrong_is_refused(web, query):
    for method, path in [("GET", "/v0/token/validate"), ("DELETE", "/v0/token"),
                         ("POST", "/jsonrpc")]:
        answer = web.ask(method, f"{path}?{query}", body="{}" if method == "POST" else None)
        assert answer.status == 400 and answer.json["error"]["code"] == "bad_request", answer.text


def test_two_tokens_are_refused_and_so_is_what_is_no_bearer(web):
    token = web.make()
    assert web.ask("GET", f"/v0/token/validate?token={token}", token=token).status == 400
    assert web.ask("GET", "/v0/token/validate", "-H", "Authorization: Basic YTpi").status == 400


def test_tokens_are_listed_and_revoked(web):
    first = web.make(label="first", links=["192.0.2.0/24:*"])
    second = web.make(label="second", metrics=True)
    listed = web.ask("GET", "/v0/tokens")
    tokens = listed.json["tokens"]
    assert [token["label"] for token in tokens] == ["first", "second"]
    assert first not in listed.text and second not in listed.text

    assert web.ask("DELETE", f"/v0/tokens/{tokens[0]['id']}").json["revoked"]
    assert web.ask("DELETE", f"/v0/tokens/{tokens[0]['id']}").status == 404
    assert not web.validate(first) and web.validate(second)
    assert web.ask("DELETE", f"/v0/token?token={second}").json["id"] == tokens[1]["id"]
    assert web.ask("DELETE", "/v0/token", token=second).status == 401
    assert web.ask("GET", "/v0/tokens").json == {"tokens": []}


def test_only_digests_are_kept_and_they_survive_a_restart(web):
    token = web.make(uses=3, methods=["node.info"])
    assert web.rpc("node.info", token=token).status == 200
    path = os.path.join(web.node.home, "web-tokens")
    with open(path, encoding="utf-8") as file:
        content = file.read()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode()
    assert token not in content and digest.rstrip("=") in content and '"uses":2' in content

    web.child.kill()
    web.start(web.listen)
    assert web.validate(token)
    assert [web.rpc("node.info", token=token).status for _ in range(3)] == [200, 200, 401]


def test_a_damaged_file_keeps_the_node_from_starting_and_stays(web):
    web.make()
    web.stop()
    path = os.path.join(web.node.home, "web-tokens")
    with open(path, "a", encoding="utf-8") as file:
        file.write("{\n")
    with open(path, "rb") as file:
        before = file.read()
    done = web.node.run("serve", "--listen", web.listen, "--web", f"127.0.0.1:{web.port}")
    assert done.returncode == 2 and "web-tokens:3: unexpected end" in done.stderr
    with open(path, "rb") as file:
        assert file.read() == before


def test_guessing_is_slowed_down(web):
    good = web.make()
    statuses = [web.ask("DELETE", "/v0/token", token=f"guess{number}").status
                for number in range(12)]
    # curl takes its time, so that one or two more may pass.
    while statuses[-1] != 429 and len(statuses) < 60:
        statuses.append(web.ask("DELETE", "/v0/token", token="guess").status)
    assert statuses[0] == 401 and statuses[-1] == 429
    refused = web.ask("GET", "/v0/token/validate", token=good)
    assert refused.status == 429 and int(refused.fields["retry-after"]) > 0
    assert refused.json["error"]["code"] == "too_many_attempts"
    # Who needs no token is not kept away.
    assert web.ask("GET", "/v0/tokens").status == 200


def test_other_users_make_no_tokens(web):
    if os.geteuid() != 0:
        pytest.skip("needs another user")
    done = subprocess.run(
        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "curl", "--silent",
         "-X", "PUT", f"http://127.0.0.1:{web.port}/v0/token"],
        capture_output=True, timeout=20)
    assert json.loads(done.stdout)["error"]["code"] == "local_callers_only"
    for method, path in [("GET", "/v0/token"), ("GET", "/v0/tokens"), ("DELETE", "/v0/tokens/x")]:
        done = subprocess.run(
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "curl",
             "--silent", "-X", method, f"http://127.0.0.1:{web.port}{path}"],
            capture_output=True, timeout=20)
        assert json.loads(done.stdout)["error"]["code"] == "local_callers_only"


def test_a_page_of_another_site_makes_no_tokens(start_web):
    web = start_web("--web-origin", "https://pages.example")
    foreign = web.ask("PUT", "/v0/token", "-H", "Origin: https://evil.example")
    assert foreign.status == 403
    listed = web.ask("PUT", "/v0/token", "-H", "Origin: https://pages.example")
    assert listed.status == 403 and listed.json["error"]["code"] == "local_callers_only"
    assert web.ask("GET", "/v0/token", "-H", "Sec-Fetch-Site: cross-site").status == 403
    assert web.ask("GET", "/v0/tokens").json == {"tokens": []}


def test_the_control_socket_makes_lists_and_revokes(web):
    from test_node import Control

    with Control(web.node.home) as control:
        made = control.result("web.token.make", methods=["node.info"], label="of the socket")
        assert web.rpc("node.info", token=made["token"]).json["result"]["command"] == "serve"
        assert control.result("web.token.list")["tokens"][0]["label"] == "of the socket"
        assert control.result("web.token.revoke", id=made["id"]) == {}
        assert "there is none with this id" in control.call(
            "web.token.revoke", id=made["id"])["error"]["message"]
        wrong = control.call("web.token.make", use=1)["error"]
        assert wrong["code"] == -32602 and wrong["data"]["hint"] == "did you mean 'uses'?"
        assert control.result("_ping", a=1)["params"] == {"a": 1}
    assert not web.validate(made["token"])


# JSON-RPC

def test_methods_are_called_as_the_token_permits(web):
    token = web.make(methods=["node.*", "!node.stop", "log.recent"])
    assert web.rpc("node.status", token=token).json["result"]["command"] == "serve"
    for method in ("node.stop", "peers.list", "nothing"):
        error = web.rpc(method, token=token).json["error"]
        assert error["code"] == 5 and "may not call" in error["message"]
    assert web.rpc("node.nothing", token=token).json["error"]["code"] == -32601
    assert web.rpc("node.info", {"a": 1}, token=token).json["error"]["code"] == -32602
    everything = web.make(methods=["*"])
    for method in ("web.token.make", "web.token.list"):
        assert web.rpc(method, token=everything).json["error"]["code"] == 5


def test_what_needs_a_connection_of_its_own_is_refused(web):
    token = web.make(methods=["*"])
    for method, params in [
        ("events.subscribe", {"topics": []}), ("events.unsubscribe", {}),
        ("pair.invite", {}), ("node.handover", {}),
    ]:
        error = web.rpc(method, params, token=token).json["error"]
        assert error["code"] == 5 and "a connection of its own" in error["message"], error
        assert "control socket" in error["data"]["hint"]


def test_batches_and_notifications(web):
    token = web.make(methods=["node.info", "_ping"])
    call = {"jsonrpc": "2.0", "id": 1, "method": "_ping"}
    batch = [call, {"jsonrpc": "2.0", "method": "_ping"}, 7,
             {**call, "id": "x", "method": "node.stop"}]
    answers = web.ask("POST", "/jsonrpc", body=batch, token=token).json
    assert [answer["id"] for answer in answers] == [1, None, "x"]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32600, 5]

    quiet = web.ask("POST", "/jsonrpc", body={"jsonrpc": "2.0", "method": "_ping"}, token=token)
    assert quiet.status == 204 and quiet.text == ""
    assert len(web.ask("POST", "/jsonrpc", body=[call] * 50, token=token).json) == 50
    assert web.ask("POST", "/jsonrpc", body=[call] * 51, token=token).status == 400


@pytest.mark.parametrize("body, code", [
    ("", -32700), ("{", -32700), ("[]", -32600), ("7", -32600), ("{}", -32600),
    ('{"jsonrpc":"2.0","id":1}', -32600), ('{"jsonrpc":"2.0","id":1,"method":7}', -32600),
    ('{"jsonrpc":"2.0","id":1,"id":1,"method":"_ping"}', -32700), ("[" * 10_000, -32700),
    ('{"jsonrpc":"2.0","id":1e400,"method":"_ping"}', -32700),
    ('{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', -32700),
    ('{"jsonrpc":"2.0","id":1,"method":"\0"}', -32700),
    ('{"jsonrpc":"2.0","id":1,"method":"_ping","params":[1]}', -32602),
])
def test_what_is_no_call_is_refused(web, body, code):
    answer = web.ask("POST", "/jsonrpc", body=body, token=web.make(methods=["_ping"]))
    assert answer.status == 400 and answer.json["error"]["code"] == code, answer.text


def test_the_form_of_a_post_is_checked(web):
    token = web.make(methods=["_ping"])
    bearer = ["-H", f"Authorization: Bearer {token}"]
    plain = web.ask("POST", "/jsonrpc", *bearer, "-d", "{}", "-H", "Content-Type: text/plain")
    assert plain.status == 415
    assert web.ask("POST", "/jsonrpc", *bearer).status == 415
    assert web.ask("GET", "/jsonrpc", *bearer).status == 405
    call = '{"jsonrpc":"2.0","id":1,"method":"_ping"}'
    charset = ["-d", call, "-H", "Content-Type: application/json; charset=utf-8"]
    assert web.ask("POST", "/jsonrpc", *bearer, *charset).status == 200
    long = '{"jsonrpc":"2.0","id":1,"method":"' + "m" * (2 << 20)
    assert web.ask("POST", "/jsonrpc", body=long, token=token).status == 413
    # A mistake costs no use.
    once = web.make(methods=["_ping"], uses=1)
    assert web.ask("POST", "/jsonrpc", body="{", token=once).status == 400
    assert web.rpc("_ping", token=once).status == 200
    assert web.rpc("_ping", token=once).status == 401


def test_ping_of_the_node_itself(web):
    token = web.make(methods=["_ping"])
    result = web.rpc("_ping", {"deep": [{"a": None}]}, token=token).json["result"]
    assert result["params"] == {"deep": [{"a": None}]}
    assert result["version"] and result["time"].endswith("Z") and result["path"] is None
    assert result["peer"]["id"] == web.node.check("id").split()[0]


def test_ping_of_a_peer(make_pair, start_web):
    pair = make_pair(["localhost:*"])
    web = start_web(node=pair.connecting)
    token = web.make(methods=["*._ping", "path.ping"])
    result = web.rpc("homebox._ping", {"x": 1}, token=token).json["result"]
    assert result["params"] == {"x": 1} and result["peer"]["name"] == "homebox"
    assert result["peer"]["id"] == pair.serving.check("id").split()[0]
    assert 0 < result["rttMilliseconds"] < 5000
    assert result["path"]["pathKind"] == "direct" and pair.listen in result["path"]["path"]

    counted = web.rpc("path.ping", {"peer": "homebox"}, token=token).json["result"]
    assert counted["count"] == 1 and counted["progress"][0]["answer"]["sequence"] == 1
    unknown = web.rpc("homebux._ping", token=token).json["error"]
    assert unknown["code"] == 3 and unknown["data"]["hint"] == "did you mean 'homebox'?"


@pytest.mark.slow
def test_a_call_that_is_not_done_in_a_minute_fails(make_pair, start_web):
    pair = make_pair(["localhost:*"])
    pair.server.stop(5)
    web = start_web(node=pair.connecting)
    token = web.make(methods=["session.connect"])
    begin = time.monotonic()
    error = web.rpc("session.connect", {"peer": "homebox", "timeoutSeconds": 600},
                    token=token).json["error"]
    assert 55 < time.monotonic() - begin < 66
    assert "not done after 60 seconds" in error["message"]
    # The node is as well as before.
    assert web.validate(token)


# Client certificates

@pytest.fixture(scope="module")
def client_certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clients")

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=30)

    for name in ("authority", "stranger"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj",
                f"/CN={name}")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}-client.key", "-out", f"{name}-client.csr", "-subj",
                "/CN=monitor")
        openssl("x509", "-req", "-in", f"{name}-client.csr", "-CA", f"{name}.pem", "-CAkey",
                f"{name}.key", "-CAcreateserial", "-days", "2", "-out", f"{name}-client.pem")
    return folder


def secured(client_certificates):
    return ["--web-tls-cert", os.path.join(CERTIFICATES, "server.pem"), "--web-tls-key",
            os.path.join(CERTIFICATES, "server.key"), "--web-client-ca",
            str(client_certificates / "authority.pem")]


def test_a_client_certificate_calls_what_changes_nothing(make_pair, start_web,
                                                         client_certificates):
    pair = make_pair(["localhost:*"])
    web = start_web(*secured(client_certificates), node=pair.connecting)
    certificate = ["--cert", str(client_certificates / "authority-client.pem"), "--key",
                   str(client_certificates / "authority-client.key")]

    def call(method, *words, **more):
        body = {"jsonrpc": "2.0", "id": "1", "method": method, "params": {}}
        return web.ask("POST", "/jsonrpc", *words, body=body, **more)

    result = call("homebox._ping", *certificate).json["result"]
    assert result["peer"]["name"] == "homebox" and result["rttMilliseconds"] > 0
    assert call("node.status", *certificate).json["result"]["command"] == "serve"
    assert call("node.stop", *certificate).json["error"]["code"] == 5
    # Without one, a token is needed; a token that is sent counts, and nothing else.
    assert call("_ping").status == 401
    assert call("_ping", *certificate, token="wrong").status == 401
    token = web.make(methods=["peers.list"])
    assert "result" in call("peers.list", token=token).json
    assert call("_ping", *certificate, token=token).json["error"]["code"] == 5


def test_a_certificate_of_a_stranger_is_none(start_web, client_certificates):
    web = start_web(*secured(client_certificates))
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "_ping"})
    done = subprocess.run(
        ["curl", "--silent", "--include", "--http1.1", "--max-time", "10", "--cacert", AUTHORITY,
         "--cert", str(client_certificates / "stranger-client.pem"), "--key",
         str(client_certificates / "stranger-client.key"), "-H", "Content-Type: application/json",
         "-d", body, f"https://localhost:{web.port}/jsonrpc"], capture_output=True, timeout=20)
    assert done.returncode != 0 or Answer(done.stdout.decode()).status == 401


def test_what_certificates_may_call_is_configured(start_web, client_certificates):
    web = start_web(*secured(client_certificates), "--web-client-methods", "node.info")
    certificate = ["--cert", str(client_certificates / "authority-client.pem"), "--key",
                   str(client_certificates / "authority-client.key")]
    for method, code in [("node.info", None), ("_ping", 5)]:
        body = {"jsonrpc": "2.0", "id": 1, "method": method}
        answer = web.ask("POST", "/jsonrpc", *certificate, body=body).json
        assert answer.get("error", {}).get("code") == code
    wrong = web.node.run("serve", "--web", "0", "--web-client-methods", "node.info")
    assert wrong.returncode == 2 and "--web-client-ca" in wrong.stderr


# Secrets

def test_secrets_are_never_told(web):
    """Planted secrets in all places where a client could put them, and everything that is said."""
    canary = "CANARYq7Xz"
    token = web.make(methods=["*"], label="plain label")
    said = []

    def ask(*words, **more):
        answer = web.ask(*words, **more)
        said.append(answer.text + str(answer.fields))
        return answer

    for path in (f"/v0/ws/proxy?token={canary}1&remote_host=127.0.0.1&encryption_key={canary}2",
                 f"/v0/token/validate?token={canary}3", f"/v0/token/validate?token={canary}4%",
                 f"/v0/token/validate?{canary}5=%zz", f"/nothing?token={canary}6&encryption_key={canary}7",
                 f"/v0/token/validate?token={canary}8&token={canary}9"):
        ask("GET", path)
    ask("GET", "/v0/token/validate", "-H", f"Authorization: Bearer {canary}a")
    ask("GET", "/v0/token/validate", "-H", f"Authorization: Basic {canary}b")
    ask("GET", "/v0/token/validate", "-H", f"Sec-WebSocket-Protocol: token.{canary}c, key.{canary}d")
    ask("GET", "/v0/token/validate", "-H", f"Origin: https://{canary}e.example")
    ask("DELETE", f"/v0/tokens/{canary}f")
    ask("DELETE", "/v0/token", token=f"{canary}g")
    ask("POST", f"/jsonrpc?token={canary}h",
        body={"jsonrpc": "2.0", "id": 1, "method": "_ping"})
    ask("POST", f"/jsonrpc?encryption_key={canary}i", token=token,
        body={"jsonrpc": "2.0", "id": 1, "method": "node.status"})
    for method in ("log.recent", "events.recent", "node.status", "node.info"):
        params = {"topics": []} if method == "events.recent" else {}
        said.append(web.rpc(method, params, token=token).text)
    said += [web.ask("GET", "/v0/tokens").text, web.node.check("status", "--json"),
             web.node.check("status")]
    # Written into the home, whose files are all read below.
    web.node.check("report", os.path.join(web.node.home, "report.txt"), "--quick")
    said += web.child.errors.lines + web.child.output.lines
    web.child.process.send_signal(signal.SIGTERM)
    web.child.process.wait(10)
    said += web.child.errors.lines
    for folder, _, names in os.walk(web.node.home):
        for name in names:
            path = os.path.join(folder, name)
            if stat.S_ISREG(os.stat(path).st_mode):
                with open(path, encoding="utf-8", errors="replace") as file:
                    said.append(file.read())

    everything = "\n".join(said)
    assert any("web" in line for line in web.child.errors.lines)
    assert canary.lower() not in everything.lower()
    assert token not in everything
