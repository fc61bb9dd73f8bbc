#!/usr/bin/env python3
"""What a core system does with tejian: hand fees over, read events, check webhooks. Python's standard library is enough.

    export TEJIAN_BASE=http://127.0.0.1:8080 TEJIAN_CLIENT=demo TEJIAN_SECRET=demo-secret-0123456789abcdefghijklmn
    python3 core_system.py import batch.json        # fees, as docs/integration.md describes them
    python3 core_system.py events [AFTER]           # everything that happened since the event AFTER, one JSON per line
    WEBHOOK_SECRET=whsec_… python3 core_system.py listen 9000    # takes webhooks, prints the ones it has not seen yet
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_S = 300


class Tejian:
    """The integration API: every request is signed, and may be repeated."""

    def __init__(self, base, client, secret):
        self.base, self.client, self.secret = base.rstrip("/"), client, secret.encode()

    def request(self, method, path, body=b"", key=None):
        """One signed request; repeated with growing pauses while the server cannot answer."""
        for pause in (1, 2, 4, None):
            try:
                with urllib.request.urlopen(self._signed(method, path, body, key), timeout=30) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as refusal:
                told = refusal.read().decode()
                if refusal.code < 500 or pause is None:
                    raise SystemExit(f"{refusal.code}: {told}") from refusal
            except urllib.error.URLError:
                if pause is None:
                    raise
            time.sleep(pause)

    def _signed(self, method, path, body, key):
        # A new number for every try: the same one is refused.
        stamp, nonce = str(int(time.time())), secrets.token_hex(12)
        message = "\n".join([method, path, stamp, nonce, hashlib.sha256(body).hexdigest()])
        headers = {
            "Content-Type": "application/json",
            "X-Tejian-Client": self.client,
            "X-Tejian-Timestamp": stamp,
            "X-Tejian-Nonce": nonce,
            "X-Tejian-Signature": hmac.new(self.secret, message.encode(), hashlib.sha256).hexdigest(),
        }
        if key:
            headers["Idempotency-Key"] = key
        return urllib.request.Request(self.base + path, data=body or None, headers=headers, method=method)

    def import_fees(self, batch, key):
        """Hands rows over; with the same key the same answer comes back, however often it is sent."""
        return self.request("POST", "/integration/v1/fee-batches", json.dumps(batch).encode(), key)

    def events(self, after=None):
        """Everything that happened after an event, oldest first. Keep the id of the last one you worked through."""
        while True:
            page = self.request("GET", "/integration/v1/events" + (f"?after={after}" if after else ""))
            yield from page["items"]
            after = page["next"]
            if not page["more"]:
                return


def verify(secret, headers, body, now=None):
    """The event in a webhook, or ValueError. While a secret is changed, one signature of several fits."""
    event_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs((now or time.time()) - int(stamp)) > TOLERANCE_S:
        raise ValueError("too old, or from the future")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{stamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers["webhook-signature"].split(" ")
    if not any(hmac.compare_digest(wanted, each) for each in given):
        raise ValueError("the signature does not fit")
    return json.loads(body)


def listen(port, secret):
    """Takes webhooks. An event may come more than once: its id says whether it is known."""
    seen = set()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                event = verify(secret, self.headers, body)
            except (ValueError, KeyError, TypeError):
                self.send_response(401)
                self.end_headers()
                return
            if event["id"] not in seen:
                seen.add(event["id"])
                print(json.dumps(event, ensure_ascii=False), flush=True)
            # Only what was kept is answered with a 2xx; anything else is sent again later.
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", port), Hook)
    print(f"listening on {server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()


def main(arguments):
    if arguments[:1] == ["listen"]:
        listen(int(arguments[1]), os.environ["WEBHOOK_SECRET"])
        return
    tejian = Tejian(os.environ["TEJIAN_BASE"], os.environ["TEJIAN_CLIENT"], os.environ["TEJIAN_SECRET"])
    if arguments[:1] == ["import"]:
        with open(arguments[1], "rb") as file:
            content = file.read()
        # The same file has the same key: sending it twice takes it in once.
        key = hashlib.sha256(content).hexdigest()[:32]
        print(json.dumps(tejian.import_fees(json.loads(content), key), ensure_ascii=False))
    elif arguments[:1] == ["events"]:
        for event in tejian.events(arguments[1] if len(arguments) > 1 else None):
            print(json.dumps(event, ensure_ascii=False))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
