"""A connector between Dika and a card system. Python 3.9 or newer, nothing to install.

Keep this file as it is, or translate it. Replace toy_ledger.py: it stands for your card system. serve.py
brings both onto the network. The protocol is described in docs/connect-a-card-system.md.
"""
import base64, hashlib, hmac, json, re, secrets, sqlite3, threading, time
from contextlib import closing, contextmanager
from datetime import datetime, timezone

# ---- Signature: Standard Webhooks, the same in both directions ------------------------------------------
def sign(secret, message_id, timestamp, body):
    key = base64.b64decode(secret[len("whsec_"):])
    code = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(code.digest()).decode()

def check_signature(keys, headers, body, now):
    """Several keys and several signatures, so that a key can be changed without a gap."""
    message_id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").encode().split()
    wanted = [sign(key, message_id, sent, body).encode() for key in keys]
    if not any(hmac.compare_digest(one, other) for one in given for other in wanted):
        raise Fault("bad_signature", 401)
    if abs(now - int(sent)) > 300:
        raise Fault("stale_timestamp", 401)

# ---- Reading a call: strict about money; fields that are not known here are ignored ----------------------
class Fault(Exception):
    """The call is not carried out, and nothing was booked."""
    def __init__(self, code, status, field=None):
        super().__init__(code)
        self.status, self.body = status, {"error": {"code": code, **({"field": field} if field else {})}}

def text(call, field, optional=False):
    value = call.get(field)
    if value and isinstance(value, str) or value is None and optional:
        return value
    raise Fault("malformed", 400, field)

def whole(call, field, least=0, optional=False):
    value = call.get(field)
    if type(value) is int and value >= least or value is None and optional:  # not isinstance: True is an int, too
        return value
    raise Fault("malformed", 400, field)

def seconds(value, field, otherwise=None):
    try:
        return int(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()) if value else otherwise
    except (ValueError, AttributeError):
        raise Fault("malformed", 400, field)

def moment(unix):
    return datetime.fromtimestamp(unix, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

def masked(name):
    return name[:1] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")

# ---- The operations --------------------------------------------------------------------------------------
class Connector:
    """`cards` is your card system; toy_ledger.py shows what is asked of it."""
    def __init__(self, settings, cards, database, keys):
        self.settings, self.cards, self.keys = settings, cards, keys
        self.database, self.one_at_a_time, self.under_way = database, threading.RLock(), set()
        with self.open() as db:
            db.execute("CREATE TABLE IF NOT EXISTS outbox(id TEXT PRIMARY KEY, body TEXT, tries INTEGER, due REAL)")
            db.execute("CREATE TABLE IF NOT EXISTS credits(order_id TEXT PRIMARY KEY, card_ref TEXT, wallet TEXT,"
                       " amount INTEGER, outcome TEXT, code TEXT, accepted INTEGER, test INTEGER)")

    @contextmanager
    def open(self):
        """A transaction: kept where all goes well, else undone."""
        with self.one_at_a_time, closing(sqlite3.connect(self.database, timeout=10)) as db, db:
            db.row_factory = sqlite3.Row
            yield db

    def now(self):
        return int(time.time())

    def answer(self, headers, body):
        try:
            check_signature(self.keys, headers, body, int(time.time()))
            return 200, self.carry_out(body)
        except Fault as fault:
            return fault.status, fault.body
        except Exception as error:  # the answer is JSON whatever happens; no stack trace leaves the house
            print("internal error:", type(error).__name__, flush=True)
            return 500, {"error": {"code": "internal"}}

    def carry_out(self, body):
        try:
            call = json.loads(body)
        except ValueError:
            raise Fault("malformed", 400)
        for field, known in (("protocol", "1"), ("issuer", self.settings["issuer"])):
            if not isinstance(call, dict) or call.get(field) != known:
                raise Fault("malformed", 400, field)
        if not hasattr(self, "op_" + text(call, "op")):
            raise Fault("unsupported_op", 501)
        return getattr(self, "op_" + call["op"])(call)

    def card(self, call, card_ref=None, must_exist=True):
        card = self.cards.card(card_ref or text(call, "card_ref"))
        if call.get("test") is True and not (card and card["test"]):
            raise Fault("not_a_test_account", 403)  # a test never touches a student's card
        if card is None and must_exist:
            raise Fault("unknown_card", 404)
        return card

    def record(self, card):
        identity = {"name": masked(card["name"]), "campus": card["campus"], "college": card["college"],
                    "student_no": card["student_no"][:4] + "****" + card["student_no"][-2:]}
        return {"card_ref": card["card_ref"], "card_no_masked": "**** " + card["card_no"][-4:],
                "status": card["status"], "replaced_by": card["replaced_by"], "test": bool(card["test"]),
                "identity": identity}

    def op_capabilities(self, call):
        ops = sorted(name[len("op_"):] for name in dir(self) if name.startswith("op_"))
        return {"protocol": "1", "ops": ops, **self.settings}

    def op_verify(self, call):
        card_ref = self.cards.verify(text(call, "identifier"), text(call, "password"))
        if card_ref is None:  # one answer for a wrong number and for a wrong password
            return {"outcome": "refused"}
        return {"outcome": "verified", "card": self.record(self.card(call, card_ref))}

    def op_card(self, call):
        return {"card": self.record(self.card(call))}

    def op_balances(self, call):
        purses, now = self.cards.balances(self.card(call)["card_ref"]), moment(self.now())
        return {"wallets": [{"kind": wallet, "on_card_fen": on_card, "waiting_fen": waiting, "as_of": now}
                            for wallet, on_card, waiting in purses]}

    # Money. An order is written down before the card system hears of it, and its answer stays for ever.

    def op_credit(self, call):
        order, card_ref, wallet = text(call, "order_id"), text(call, "card_ref"), text(call, "wallet")
        amount, cap = whole(call, "amount_fen", 1), whole(call, "cap_fen", optional=True)
        seconds(call.get("claim_by"), "claim_by")
        card = self.card(call, must_exist=False)
        with self.open() as db:
            known = self.find(db, order)
            if known is None:
                db.execute("INSERT INTO credits VALUES (?,?,?,?,'undecided',NULL,NULL,?)",
                           [order, card_ref, wallet, amount, bool(card and card["test"])])
            elif (known["card_ref"], known["wallet"], known["amount"]) != (card_ref, wallet, amount):
                raise Fault("order_conflict", 409)
            mine = (known is None or known["outcome"] == "undecided") and order not in self.under_way
            if mine:
                self.under_way.add(order)
        if mine:  # new, or left behind by a crash: the card system is asked before it is told again
            try:
                done = known and self.cards.find(order) or self.cards.put(
                    order, card_ref, wallet, amount, call.get("waits") is True, call.get("claim_by"), cap)
                self.decided(order, *done, tell=False)
            finally:
                self.under_way.discard(order)
        return self.op_credit_status(call)

    def find(self, db, order):
        return db.execute("SELECT * FROM credits WHERE order_id = ?", [order]).fetchone()

    def decided(self, order, outcome, code=None, tell=True):
        """The card system said what became of an order. Once decided, only waiting money moves on."""
        with self.open() as db:
            before = self.find(db, order)["outcome"]
            if before == outcome or before != "undecided" and (before, outcome) != ("waiting", "on_card"):
                return
            db.execute("UPDATE credits SET outcome = ?, code = ?, accepted = coalesce(accepted, ?) WHERE order_id = ?",
                       [outcome, code, None if outcome == "refused" else self.now(), order])
            if tell:
                kind = "credit.decided" if before == "undecided" else "credit.claimed"
                self.tell(db, kind, self.answer_of(self.find(db, order)))

    def ask_about_undecided(self):
        """To be called every few seconds: the card system is asked until every order is decided."""
        with self.open() as db:
            rows = db.execute("SELECT order_id FROM credits WHERE outcome = 'undecided'").fetchall()
        for order in [row["order_id"] for row in rows if row["order_id"] not in self.under_way]:
            self.decided(order, *(self.cards.find(order) or ["undecided"]))

    def answer_of(self, row):
        return {"order_id": row["order_id"], "outcome": row["outcome"], "amount_fen": row["amount"],
                "reference": "toy-" + row["order_id"], **({"code": row["code"]} if row["code"] else {})}

    def op_credit_status(self, call):
        with self.open() as db:
            row = self.find(db, text(call, "order_id"))
        return self.answer_of(row) if row else {"order_id": call["order_id"], "outcome": "unknown"}

    def op_reopen(self, call):
        seconds(call.get("claim_by"), "claim_by")
        self.cards.reopen(text(call, "order_id"), call.get("claim_by"))
        status = self.op_credit_status(call)
        if status["outcome"] == "unknown":
            raise Fault("unknown_order", 404)
        return status

    def op_day_statement(self, call):
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text(call, "day")):
            raise Fault("malformed", 400, "day")
        start, after = seconds(call["day"] + "T00:00:00+08:00", "day"), text(call, "cursor", True) or ""
        with self.open() as db:
            rows = db.execute("SELECT * FROM credits WHERE accepted >= ? AND accepted < ? AND test = ?"
                              " ORDER BY order_id", [start, start + 86400, call.get("test") is True]).fetchall()
        sums = {wallet: [row["amount"] for row in rows if row["wallet"] == wallet]
                for wallet in sorted({row["wallet"] for row in rows})}
        answer = {"day": call["day"], "wallets": [
            {"wallet": wallet, "count": len(amounts), "sum_fen": sum(amounts)} for wallet, amounts in sums.items()]}
        if call.get("list") is True:
            page = [row for row in rows if row["order_id"] > after]
            answer["credits"] = [{**self.answer_of(row), "wallet": row["wallet"], "at": moment(row["accepted"])}
                                 for row in page[:1000]]
            if len(page) > 1000:
                answer["next_cursor"] = page[999]["order_id"]
        return answer

    # What a card system may lack: delete the method, and the app shows no button for it.

    def changed(self, code):
        return {"outcome": "refused", "code": code} if code else {"outcome": "done"}

    def op_transactions(self, call):
        limit, cursor = min(whole(call, "limit", 1), 100), text(call, "cursor", True)
        if cursor and not cursor.isdigit():
            raise Fault("malformed", 400, "cursor")
        items = self.cards.transactions(self.card(call)["card_ref"], text(call, "wallet", True),
                                        seconds(call.get("from"), "from"), seconds(call.get("to"), "to"),
                                        cursor, limit + 1)
        answer = {"items": [{**item, "at": moment(item["at"])} for item in items[:limit]], "as_of": moment(self.now())}
        return {**answer, "next_cursor": items[limit - 1]["id"]} if len(items) > limit else answer

    def op_report_loss(self, call):
        return self.changed(self.cards.set_lost(self.card(call)["card_ref"], text(call, "password"), True))

    def op_undo_loss(self, call):
        return self.changed(self.cards.set_lost(self.card(call)["card_ref"], text(call, "password"), False))

    def op_change_password(self, call):
        return self.changed(self.cards.change_password(self.card(call)["card_ref"], text(call, "password"),
                                                       text(call, "new_password")))

    def op_terminals(self, call):
        return {"terminals": [{**one, "since": moment(one["since"])} for one in self.cards.terminals()]}

    # Callbacks: stored in the transaction of what they tell; serve.py sends each until it is taken.

    def tell(self, db, kind, data):
        body = json.dumps({"type": kind, "timestamp": moment(self.now()), "data": data})
        db.execute("INSERT INTO outbox VALUES (?,?,0,0)", ["msg_" + secrets.token_hex(16), body])
