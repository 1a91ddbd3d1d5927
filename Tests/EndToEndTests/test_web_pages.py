"""The status page and the console in a real browser, which its driver moves.

Screenshots are kept as build output, in .build-optimised/screenshots.
"""

import base64
import contextlib
import os
import re
import shutil
import socket
import threading
import time

import pytest

from node import ROOT, Node, free_port
from support import EchoTarget, Pair

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
SCREENSHOTS = os.path.join(ROOT, ".build-optimised/screenshots")
WIDE, PHONE = (1280, 900), (390, 844)
KEY = "a key that both ends know"

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="chromium and chromium-driver are not installed")


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for word in ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage",
                 "--hide-scrollbars"]:
        options.add_argument(word)
    if os.geteuid() == 0:
        # It refuses to run as root otherwise; it shows pages of ours alone.
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def free_port_for_udp():
    return free_port(socket.SOCK_DGRAM)


class Page:
    """A page of a node, as somebody uses it."""

    def __init__(self, browser, url, size=WIDE, scheme="light"):
        self.browser = browser
        # A page that was there before may go on asking its node, which is gone, and complain of that.
        browser.get("about:blank")
        browser.get_log("browser")
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1.25,
            "mobile": size == PHONE})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        browser.get_log("browser")
        browser.get(url)

    def element(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.element(selector).text

    def wait_for(self, selector, pattern, seconds=15):
        """Waits until the text of an element contains `pattern`; returns it."""
        def found(_):
            with contextlib.suppress(Exception):
                text = self.text(selector)
                return text if re.search(pattern, text) else None

        return WebDriverWait(self.browser, seconds, 0.05).until(found, f"{selector}: {pattern}")

    def fill(self, **fields):
        for name, value in fields.items():
            field = self.element(f"[name={name}]")
            field.clear()
            field.send_keys(str(value))

    def complaints(self):
        """What the browser finds wrong, such as a script that the policy forbids."""
        return [entry["message"] for entry in self.browser.get_log("browser")
                if entry["level"] == "SEVERE"]

    def overflow(self):
        return self.browser.execute_script(
            "return document.documentElement.scrollWidth - window.innerWidth")

    def keep(self, name):
        """A picture of the whole page, for people to look at."""
        os.makedirs(SCREENSHOTS, exist_ok=True)
        self.browser.execute_script("window.scrollTo(0, 0)")
        size = self.browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        picture = self.browser.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        with open(os.path.join(SCREENSHOTS, f"{name}.png"), "wb") as file:
            file.write(base64.b64decode(picture["data"]))


class WebPair:
    """Two nodes with a forward between them, and traffic in it; one has the web endpoint."""

    def __init__(self):
        self.target = EchoTarget()
        self.port = free_port()
        self.pair = Pair([self.target.address], serve_options=["--web", f"127.0.0.1:{self.port}"])
        self.url = f"http://127.0.0.1:{self.port}/"
        _, (way,) = self.pair.forward(self.target.address)
        self.connection = socket.create_connection(("127.0.0.1", way), 10)
        self.connection.sendall(b"x")
        self.connection.recv(1)
        # A forward of the node itself, which leads nowhere: its peer permits nothing.
        self.pair.serving.environment["P2PFWD_STANDALONE"] = ""
        self.pair.serving.forward("laptop", ["0:localhost:80"])
        threading.Thread(target=self._talk, daemon=True).start()

    def _talk(self):
        """Traffic in waves, for as long as the connection stands."""
        size, step = 1000, 1.3
        with contextlib.suppress(OSError):
            while True:
                self.connection.sendall(bytes(int(size)))
                left = int(size)
                while left > 0 and (got := self.connection.recv(65_536)):
                    left -= len(got)
                time.sleep(0.02)
                size *= step
                if not 1000 <= size <= 40_000:
                    step = 1 / step

    def stop(self):
        self.connection.close()
        self.pair.stop()
        self.target.close()


@pytest.fixture
def nodes():
    nodes = WebPair()
    yield nodes
    nodes.stop()


@pytest.mark.parametrize("name, size, scheme", [
    ("status-light", WIDE, "light"), ("status-dark", WIDE, "dark"),
    ("status-phone", PHONE, "dark")])
def test_the_status_page_shows_the_node_and_its_peers(browser, nodes, name, size, scheme):
    # Time runs faster here, so that the drawings have something to show.
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
        const wait = window.setTimeout;
        window.setTimeout = (work, time) => wait(work, time === 2000 ? 100 : time);"""})
    page = Page(browser, nodes.url, size, scheme)
    browser.execute_cdp_cmd(
        "Page.removeScriptToEvaluateOnNewDocument", {"identifier": script["identifier"]})

    page.wait_for("#tile-peers", "^1 of 1$")
    assert page.text(".session h3") == "laptop"
    assert page.text(".session .pill") == "direct"
    assert "127.0.0.1:" in page.text(".session .path")
    page.wait_for(".figures", r"\d+\.\d ms")
    page.wait_for("#events", r"laptop")
    page.wait_for("#forwards", "localhost:80")
    page.wait_for("#flows", re.escape(nodes.target.address))
    WebDriverWait(browser, 60).until(
        lambda _: page.element("path.line.received").get_attribute("d").count("L") > 50)
    assert page.text("#tile-flows") == "1"
    assert page.overflow() == 0
    assert page.complaints() == []
    page.keep(name)


def test_what_the_page_shows_is_what_status_says(browser, nodes):
    page = Page(browser, nodes.url)

    page.wait_for("#tile-peers", "1 of 1")
    listed = nodes.pair.serving.check("status", "--json")
    address = re.search(r'"path":\s*"([^"]+)"', listed)[1]
    assert page.text(".session .path").startswith(address)
    footer = page.wait_for("#footer", r"Node \S+ · process \d+")
    assert str(nodes.pair.server.pid) in footer


def test_a_node_that_is_gone_is_told_and_its_return_noticed(browser, nodes):
    page = Page(browser, nodes.url)
    page.wait_for("#tile-peers", "1 of 1")

    nodes.pair.server.stop(10)
    page.wait_for("#banner", "does not answer.*last heard at", 30)
    assert "stale" in page.element("body").get_attribute("class")
    page.keep("status-gone")
    nodes.pair.start_server()
    WebDriverWait(browser, 30).until(lambda _: not page.element("#banner").is_displayed())
    page.wait_for("#footer", str(nodes.pair.server.pid))


def test_light_and_dark_can_be_chosen_and_are_kept(browser, nodes):
    page = Page(browser, nodes.url)
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    light = browser.execute_script(ground)

    page.element("#theme").click()
    assert browser.execute_script(ground) == light
    page.element("#theme").send_keys(Keys.ENTER)
    dark = browser.execute_script(ground)
    assert dark != light
    browser.refresh()
    assert browser.execute_script(ground) == dark
    assert page.element("#theme").get_attribute("aria-label") == "Theme: dark"
    browser.execute_script("localStorage.clear()")


def test_a_token_is_asked_for_where_the_node_makes_none(browser, nodes):
    page = Page(browser, nodes.url)
    page.wait_for("#tile-peers", "1 of 1")
    token = browser.execute_script("return sessionStorage.getItem('p2pfwd-token')")
    browser.execute_script("sessionStorage.clear()")
    # As if the page were opened on another machine.
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
        const known = window.fetch;
        window.fetch = (url, init) => url.endsWith('/v0/token')
            ? Promise.resolve(new Response('{"detail":"not from there"}', {status: 403}))
            : known(url, init);"""})
    try:
        browser.refresh()
        WebDriverWait(browser, 15).until(lambda _: page.element("#token-form").is_displayed())
        page.keep("status-token")
        page.element("#token").send_keys("invented", Keys.ENTER)
        page.wait_for("#token-error", "does not accept")
        page.element("#token").send_keys(token, Keys.ENTER)
        page.wait_for("#tile-peers", "1 of 1")
    finally:
        browser.execute_cdp_cmd(
            "Page.removeScriptToEvaluateOnNewDocument", {"identifier": script["identifier"]})


@pytest.fixture
def echo():
    """(web port, UDP port) of a node with the web endpoint, and of the echo of a link."""
    node, other = Node("web"), Node("echo")
    web, udp, link = free_port(), free_port_for_udp(), free_port_for_udp()
    key = os.path.join(other.home, "key")
    with open(key, "w", encoding="utf-8") as file:
        file.write(KEY)
    os.chmod(key, 0o600)
    serving = node.serve(f"127.0.0.1:{free_port_for_udp()}", [],
                         ["--web", f"127.0.0.1:{web}", "--web-udp", str(link)])
    echoing = other.start("listen-key", "--port", str(udp), "--key-file", key, "--echo")
    yield web, udp
    for child in (serving, echoing):
        if child.is_alive:
            child.stop(5)
    node.remove()
    other.remove()


@pytest.mark.parametrize("name, size, scheme", [
    ("console-echo", WIDE, "light"), ("console-phone", PHONE, "dark")])
def test_the_console_talks_to_the_other_end_of_a_link(browser, echo, name, size, scheme):
    web, udp = echo
    page = Page(browser, f"http://127.0.0.1:{web}/console", size, scheme)

    page.fill(host="127.0.0.1", port=udp, key=KEY)
    page.element("#connect").click()
    page.wait_for("#state", "UDP_ESTABLISHED", 30)
    said = page.text("#log")
    assert said.index("CONNECTED") < said.index("UDP_WAITING") < said.index("UDP_ESTABLISHED")
    page.element("#message").send_keys("Grüße, world!", Keys.ENTER)
    page.wait_for("#log li.received .said", "^Grüße, world!$")
    browser.execute_script("document.querySelector('[value=hex]').click()")
    page.element("#message").send_keys("00 ff 10", Keys.ENTER)
    page.wait_for("#log li.received.binary .said", "^00 ff 10$")
    page.element("#message").send_keys("xyz", Keys.ENTER)
    page.wait_for("#send-error", "not hex")
    page.element("#message").clear()
    assert page.overflow() == 0
    assert page.complaints() == []
    page.keep(name)
    page.element("#disconnect").click()
    page.wait_for("#state", "DISCONNECTED")
    assert page.element("#connect").is_enabled()
    assert not page.element("#send").is_enabled()


def test_the_console_opens_a_flow_to_the_target_of_a_peer(browser):
    target = EchoTarget()
    pair = Pair([target.address])
    port = free_port()
    try:
        pair.connecting.serve(
            f"127.0.0.1:{free_port_for_udp()}", [], ["--web", f"127.0.0.1:{port}"])
        page = Page(browser, f"http://127.0.0.1:{port}/console")
        page.element("[value=flow]").send_keys(Keys.SPACE)
        page.fill(peer="homebox", target=target.address)
        page.element("#connect").click()
        page.wait_for("#state", "CONNECTED")
        page.element("#message").send_keys("through the peer", Keys.ENTER)
        page.wait_for("#log li.received .said", "through the peer", 30)
        assert page.complaints() == []
    finally:
        pair.stop()
        target.close()


def test_the_console_says_why_nothing_could_be_opened(browser, echo):
    web, udp = echo
    page = Page(browser, f"http://127.0.0.1:{web}/console")

    page.fill(host="127.0.0.1", port=udp, key=KEY)
    browser.execute_script("document.querySelector('details').open = true")
    page.fill(token="invented")
    page.element("#connect").click()
    page.wait_for("#state", "ERROR")
    assert "does not accept the token" in page.text("#log .problem .said")
