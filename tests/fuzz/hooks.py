"""What Schemathesis has to know of Dika: how a student signs in, and ids of things that exist.

The server is a sandbox whose address is in DIKA_SANDBOX. Every second request that the document allows gets the id of
something that is there, so that not all of them end with 404; the others stay as they were made up.
"""

import collections
import os
import unicodedata

import requests
import schemathesis

SANDBOX = os.environ["DIKA_SANDBOX"]
API = SANDBOX + "/api/v1"
COOKIE = "dika_session"
# People type these as they like, and the server reads them as meant: what is no number to the document may be one to it.
TYPED = {"phone", "code", "account", "card_no", "password"}


class Student:
    """The first person of the sandbox, in a browser."""

    def __init__(self):
        people = requests.get(f"{SANDBOX}/sandbox/people", timeout=20).json()
        self.person, self.other = people[0], people[1]
        self.session = None
        self.token = None
        self.keys = 0

    def proof(self, person):
        """Phone and code, as they are sent to sign in."""
        phone = person["phone"]
        # A code a minute.
        sandbox("clock", {"advance_s": 61})
        requests.post(f"{API}/session/code", json={"phone": phone}, timeout=20).raise_for_status()
        code = requests.get(f"{SANDBOX}/sandbox/sms", params={"phone": phone}, timeout=20).json()["code"]
        return {"phone": phone, "code": code}

    def sign_in(self):
        answer = requests.post(f"{API}/session", json=self.proof(self.person), timeout=20)
        answer.raise_for_status()
        self.session, self.token = answer.cookies[COOKIE], answer.json()["csrf_token"]

    def call(self, method, path, body=None):
        if self.session is None:
            self.sign_in()
        self.keys += 1
        answer = requests.request(
            method,
            API + path,
            json=body,
            cookies={COOKIE: self.session},
            headers={"x-csrf-token": self.token, "idempotency-key": f"hook-{self.keys}"},
            timeout=20,
        )
        if answer.status_code == 401:
            self.session = None
            return self.call(method, path, body)
        return answer

    def credentials(self, issuer):
        card = self.person[issuer]
        number = "account" if issuer == "gdut" else "card_no"
        return {"issuer": issuer, number: card[number], "password": card["password"]}

    def binding(self):
        """A binding that waits for its answer."""
        answer = self.call("POST", "/bindings", self.credentials("hemc"))
        if answer.status_code in (423, 429):
            # Wrong passwords were tried meanwhile; an hour later they are forgotten.
            sandbox("clock", {"advance_s": 3600})
            answer = self.call("POST", "/bindings", self.credentials("hemc"))
        answer.raise_for_status()
        return answer.json()["id"]

    def card(self):
        """A bound card."""
        cards = self.call("GET", "/cards").json()
        if cards:
            return cards[0]["id"]
        return self.confirmed()

    def confirmed(self):
        """The University Town card, bound."""
        return self.call("POST", f"/bindings/{self.binding()}/confirm").json()["card_id"]

    def order(self):
        """An order that is not paid yet."""
        open_ones = self.call("GET", "/top-ups?open=true").json()["items"]
        unpaid = [order["id"] for order in open_ones if order["payment"] in ("created", "paying")]
        if unpaid:
            return unpaid[0]
        wish = {"card_id": self.card(), "wallet": "main", "amount_fen": 1000}
        answer = self.call("POST", "/top-ups", wish)
        if answer.status_code != 201:
            # The day's limit, or the hours.
            sandbox("clock", {"advance_s": 86_400})
            answer = self.call("POST", "/top-ups", wish)
        answer.raise_for_status()
        return answer.json()["id"]

    def waiting_order(self):
        """A paid order whose money waits to be collected within six hours."""
        open_ones = self.call("GET", "/top-ups?open=true").json()["items"]
        for order in open_ones:
            if order["claim"] == "needs_confirmation":
                self.call("POST", f"/top-ups/{order['id']}/confirm-claim")
            if order["claim"] in ("waiting", "needs_confirmation"):
                return order["id"]
        cards = [card["id"] for card in self.call("GET", "/cards").json() if card["issuer"] == "hemc"]
        card = cards[0] if cards else self.confirmed()
        unpaid = [order["id"] for order in open_ones if order["wallet"] == "utilities" and order["payment"] == "paying"]
        if not unpaid:
            wish = {"card_id": card, "wallet": "utilities", "amount_fen": 1000}
            answer = self.call("POST", "/top-ups", wish)
            answer.raise_for_status()
            unpaid = [answer.json()["id"]]
        sandbox(f"payments/{unpaid[0]}", {"outcome": "paid"})
        return unpaid[0]

    def lapsed_order(self):
        """The same, its six hours gone by."""
        order = self.waiting_order()
        sandbox("clock", {"advance_s": 21_700})
        return order


def sandbox(path, body):
    requests.post(f"{SANDBOX}/sandbox/{path}", json=body, timeout=20).raise_for_status()


STUDENT = Student()
TURNS = collections.Counter()

# What there is for the operations whose path names something.
THINGS = {
    "/bindings/{id}": STUDENT.binding,
    "/bindings/{id}/confirm": STUDENT.binding,
    "/bindings/{id}/reject": STUDENT.binding,
    "/cards/{id}": STUDENT.card,
    "/cards/{id}/default": STUDENT.card,
    "/top-ups/{id}": STUDENT.order,
    "/top-ups/{id}/cancel": STUDENT.order,
    "/top-ups/{id}/continue": STUDENT.order,
    "/top-ups/{id}/confirm-claim": STUDENT.lapsed_order,
    "/top-ups/{id}/calendar": STUDENT.waiting_order,
}


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Cookie and token of a session that lives."""

    def get(self, case, context):
        if STUDENT.session is None or requests.get(
            f"{API}/cards", cookies={COOKIE: STUDENT.session}, timeout=20
        ).status_code == 401:
            STUDENT.sign_in()
        return STUDENT.session, STUDENT.token

    def set(self, case, data, context):
        if (context.operation.method.upper(), context.operation.path) == ("DELETE", "/session"):
            # Signing out is tried as well without a session, and would end the one that all others need.
            return
        session, token = data
        case.cookies = {**(case.cookies or {}), COOKIE: session}
        case.headers = {**(case.headers or {}), "x-csrf-token": token}


def is_negative(case):
    return case.meta is not None and any(part.mode.is_negative for part in case.meta.components.values())


def is_stateful(case):
    return case.meta is not None and case.meta.phase.name.value == "stateful"


@schemathesis.hook
def filter_case(context, case):
    """Leaves out what the document forbids and the server reads as meant."""
    if not is_negative(case) or not isinstance(case.body, dict):
        return True
    for name in TYPED & case.body.keys():
        value = case.body[name]
        if isinstance(value, str):
            plain = unicodedata.normalize("NFKC", value)
            if sum(letter.isalnum() for letter in plain) >= 4:
                return False
    return True


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts what exists into every second request that the document allows."""
    if is_negative(case):
        return
    if isinstance(case.body, dict) and isinstance(case.body.get("amount_fen"), float):
        # To JSON Schema 1.0 is an integer. Nobody writes money so, and the server reads no floats.
        case.body["amount_fen"] = int(case.body["amount_fen"])
    if is_stateful(case):
        return
    operation = (case.operation.method.upper(), case.operation.path)
    TURNS[operation] += 1
    if TURNS[operation] % 2:
        return
    thing = THINGS.get(case.operation.path)
    if thing is not None:
        case.path_parameters = {"id": thing()}
    elif operation == ("POST", "/bindings"):
        STUDENT.binding()
        case.body = STUDENT.credentials("gdut" if TURNS[operation] % 4 else "hemc")
    elif operation == ("POST", "/top-ups") and isinstance(case.body, dict):
        case.body["card_id"] = STUDENT.card()
        case.body["wallet"] = "main"
        if TURNS[operation] % 4:
            case.body["amount_fen"] = 1000
    elif operation == ("GET", "/top-ups"):
        STUDENT.order()
    elif operation == ("POST", "/session"):
        case.body = STUDENT.proof(STUDENT.other)
    elif operation == ("POST", "/session/code"):
        sandbox("clock", {"advance_s": 61})


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A machine that is busy with something else may be too slow once: the server then says so, as documented."""
    if response is None or response.status_code != 503:
        return True
    return response.json().get("code") != "busy"
