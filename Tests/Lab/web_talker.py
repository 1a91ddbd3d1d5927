"""A client of /v0/ws/proxy for a namespace: sends a word once the link is there, prints what comes.

    web_talker.py URL WORD
"""

import json
import sys

from websockets.sync.client import connect


def main(url, word):
    with connect(url, proxy=None, open_timeout=20) as client:
        while True:
            message = json.loads(client.recv(timeout=60))
            print(message.get("status") or message.get("data"), flush=True)
            if message.get("status") == "UDP_ESTABLISHED":
                client.send(json.dumps({"type": "data", "data": word}))
            if message["type"] == "data":
                # The other end may still wait for our word.
                client.recv(timeout=3)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except TimeoutError:
        pass
