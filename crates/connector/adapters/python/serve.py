#!/usr/bin/env python3
"""Brings a connector onto the network: takes Dika's calls, sends the callbacks."""
import argparse, json, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dika_connector import Connector, sign
from toy_ledger import ToyLedger


class Handler(BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 30

    def do_POST(self):
        size = self.headers.get("content-length", "")
        if not size.isdigit() or int(size) > 65536:
            self.close_connection = True
            return self.send(400, {"error": {"code": "malformed"}})
        self.send(*self.server.connector.answer(self.headers, self.rfile.read(int(size))))

    def send(self, status, answer, kind="application/json"):
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):  # nothing about a call is logged here
        pass


class Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # who hangs up between two calls is no fault
            super().handle_error(request, client_address)


def send_callbacks(connector, url):
    """Sends what is due. What is not taken is sent again, with longer and longer pauses up to an hour."""
    with connector.open() as db:
        due = db.execute("SELECT * FROM outbox WHERE due <= ? ORDER BY rowid", [time.time()]).fetchall()
    for row in due:
        body, sent = row["body"].encode(), str(int(time.time()))
        signatures = " ".join(sign(key, row["id"], sent, body) for key in connector.keys)
        headers = {"content-type": "application/json", "webhook-id": row["id"], "webhook-timestamp": sent,
                   "webhook-signature": signatures}
        try:
            urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=5).close()
            change, values = "DELETE FROM outbox", []
        except OSError:
            pause = min(3600, 2 ** min(row["tries"], 12))
            change, values = "UPDATE outbox SET tries = tries + 1, due = ?", [time.time() + pause]
        with connector.open() as db:
            db.execute(change + " WHERE id = ?", [*values, row["id"]])


def keep_going(connector, url):
    while True:
        try:
            connector.ask_about_undecided()
            if url:
                send_callbacks(connector, url)
        except Exception as error:
            print("will be tried again:", type(error).__name__, flush=True)
        time.sleep(0.5)


def arguments():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--listen", default="127.0.0.1:8701", help="behind a proxy that speaks HTTPS")
    options.add_argument("--settings", required=True, help="JSON: what op capabilities answers, and the toy's accounts")
    options.add_argument("--data", required=True, help="a folder for the databases")
    options.add_argument("--secret-file", required=True, help="whsec_...; two lines while the key is changed")
    options.add_argument("--callback-url", help="where Dika takes callbacks")
    return options


def serve(chosen, make=Connector, handler=Handler):
    with open(chosen.settings, encoding="utf-8") as file:
        settings = json.load(file)
    with open(chosen.secret_file, encoding="utf-8") as file:
        keys = file.read().split()
    ledger = ToyLedger(chosen.data + "/ledger.db", settings.pop("accounts"), settings.pop("terminals"))
    connector = make(settings, ledger, chosen.data + "/credits.db", keys)
    host, port = chosen.listen.rsplit(":", 1)
    server = Server((host, int(port)), handler)
    server.connector = connector
    threading.Thread(target=keep_going, args=(connector, chosen.callback_url), daemon=True).start()
    print(f"listening on http://{host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    serve(arguments().parse_args())
