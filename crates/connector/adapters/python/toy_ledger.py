"""A toy ledger in SQLite. It stands for your card system: replace each method by a call to yours.

Every method may be called again with the same values and then changes nothing. One that cannot reach the
card system raises an exception; Dika asks again.
"""
import hashlib, hmac, secrets, sqlite3, threading, time
from contextlib import closing, contextmanager
from datetime import datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts(card_ref TEXT PRIMARY KEY, identifier TEXT UNIQUE, salt TEXT, password TEXT,
    card_no TEXT UNIQUE, name TEXT, student_no TEXT, campus TEXT, college TEXT, status TEXT, replaced_by TEXT,
    test INTEGER, undecided INTEGER);
CREATE TABLE IF NOT EXISTS purses(card_ref TEXT, wallet TEXT, on_card INTEGER, waiting INTEGER,
    PRIMARY KEY(card_ref, wallet));
CREATE TABLE IF NOT EXISTS deposits(order_id TEXT PRIMARY KEY, card_ref TEXT, wallet TEXT, amount INTEGER,
    outcome TEXT, code TEXT, waits INTEGER, claim_by TEXT, since REAL);
CREATE TABLE IF NOT EXISTS movements(id INTEGER PRIMARY KEY, card_ref TEXT, wallet TEXT, amount INTEGER,
    kind TEXT, place TEXT, at INTEGER, after INTEGER);
CREATE TABLE IF NOT EXISTS terminals(id TEXT PRIMARY KEY, kind TEXT, zh TEXT, en TEXT, campus TEXT,
    condition TEXT, since INTEGER);
"""


def hashed(password, salt):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10_000).hex()


class ToyLedger:
    def __init__(self, database, accounts, terminals):
        self.database, self.one_at_a_time = database, threading.RLock()
        with self.open() as db:
            db.executescript(SCHEMA)
            for one in accounts:
                salt = secrets.token_hex(8)
                new = db.execute(
                    "INSERT OR IGNORE INTO accounts VALUES (?,?,?,?,?,?,?,?,?,?,NULL,?,?)",
                    [one["card_ref"], one["identifier"], salt, hashed(one["password"], salt), one["card_no"],
                     one["name"], one["student_no"], one["campus"], one.get("college"), one.get("status", "active"),
                     one.get("test", False), one.get("undecided", False)]).rowcount
                for wallet, amount in one["wallets"].items() if new else []:
                    db.execute("INSERT INTO purses VALUES (?,?,?,0)", [one["card_ref"], wallet, amount])
            for one in terminals:
                db.execute("INSERT OR IGNORE INTO terminals VALUES (?,?,?,?,?,'in_order',?)",
                           [one["id"], one["kind"], one["zh"], one["en"], one.get("campus"), self.now()])

    def now(self):
        return int(time.time())

    @contextmanager
    def open(self):
        """A transaction: kept where all goes well, else undone."""
        with self.one_at_a_time, closing(sqlite3.connect(self.database, timeout=10)) as db, db:
            db.row_factory = sqlite3.Row
            yield db

    # ---- What the connector asks -----------------------------------------------------------------------

    def verify(self, identifier, password):
        """The card's reference, or None. As slow for an unknown number as for a wrong password."""
        with self.open() as db:
            row = db.execute("SELECT * FROM accounts WHERE identifier = ?", [identifier]).fetchone()
        return row["card_ref"] if self.fits(row, password) else None

    def fits(self, row, password):
        salt, known = (row["salt"], row["password"]) if row else ("", "")
        return hmac.compare_digest(hashed(password, salt), known)

    def card(self, card_ref):
        with self.open() as db:
            return db.execute("SELECT * FROM accounts WHERE card_ref = ?", [card_ref]).fetchone()

    def balances(self, card_ref):
        with self.open() as db:
            rows = db.execute("SELECT * FROM purses WHERE card_ref = ? ORDER BY wallet", [card_ref]).fetchall()
        return [(row["wallet"], row["on_card"], row["waiting"]) for row in rows]

    def put(self, order_id, card_ref, wallet, amount, waits, claim_by, cap):
        """Outcome and code. The card system keeps the order's number and takes each once."""
        with self.open() as db:
            known = self.deposit(db, order_id)
            if known:
                return known["outcome"], known["code"]
            account = db.execute("SELECT * FROM accounts WHERE card_ref = ?", [card_ref]).fetchone()
            code = self.why_not(db, account, wallet, amount, cap)
            outcome = "refused" if code else "undecided" if account["undecided"] else "booked"
            db.execute("INSERT INTO deposits VALUES (?,?,?,?,?,?,?,?,?)",
                       [order_id, card_ref, wallet, amount, outcome, code, waits, claim_by, time.time()])
            return (outcome, code) if outcome != "booked" else self.book(db, order_id)

    def why_not(self, db, account, wallet, amount, cap):
        if account is None:
            return "unknown_card"
        if account["status"] != "active":
            return "card_not_active"
        purse = db.execute("SELECT * FROM purses WHERE card_ref = ? AND wallet = ?",
                           [account["card_ref"], wallet]).fetchone()
        if purse is None:
            return "unknown_wallet"
        return "over_cap" if cap is not None and purse["on_card"] + purse["waiting"] + amount > cap else None

    def book(self, db, order_id):
        row = self.deposit(db, order_id)
        outcome = "waiting" if row["waits"] else "on_card"
        db.execute("UPDATE deposits SET outcome = ? WHERE order_id = ?", [outcome, order_id])
        if outcome == "waiting":
            db.execute("UPDATE purses SET waiting = waiting + ? WHERE card_ref = ? AND wallet = ?",
                       [row["amount"], row["card_ref"], row["wallet"]])
        else:
            self.move(db, row["card_ref"], row["wallet"], row["amount"], "top_up", "Dika")
        return outcome, None

    def deposit(self, db, order_id):
        return db.execute("SELECT * FROM deposits WHERE order_id = ?", [order_id]).fetchone()

    def find(self, order_id):
        """Outcome and code of an order, or None where the card system never heard of it."""
        with self.open() as db:
            row = self.deposit(db, order_id)
            if row and row["outcome"] == "undecided" and self.decides_by_itself(db, row):
                return self.book(db, order_id)
        return row and (row["outcome"], row["code"])

    def decides_by_itself(self, db, row):
        """The test account whose credits are undecided at first: they are booked after a second."""
        account = db.execute("SELECT test FROM accounts WHERE card_ref = ?", [row["card_ref"]]).fetchone()
        return account["test"] and time.time() >= row["since"] + 1

    def reopen(self, order_id, claim_by):
        with self.open() as db:
            db.execute("UPDATE deposits SET claim_by = ? WHERE order_id = ? AND outcome = 'waiting'",
                       [claim_by, order_id])

    def transactions(self, card_ref, wallet, since, until, before, limit):
        with self.open() as db:
            rows = db.execute(
                "SELECT * FROM movements WHERE card_ref = ? AND id < ? AND wallet LIKE ? AND at >= ? AND at < ?"
                " ORDER BY id DESC LIMIT ?",
                [card_ref, int(before or 2**62), wallet or "%", since or 0, until or 2**62, limit]).fetchall()
        return [{"id": str(row["id"]), "at": row["at"], "amount_fen": row["amount"], "wallet": row["wallet"],
                 "kind": row["kind"], "place": row["place"], "balance_after_fen": row["after"]} for row in rows]

    def set_lost(self, card_ref, password, lost):
        """None, or why not."""
        with self.open() as db:
            row = db.execute("SELECT * FROM accounts WHERE card_ref = ?", [card_ref]).fetchone()
            if not self.fits(row, password):
                return "wrong_password"
            if row["status"] not in ("active", "lost"):
                return "wrong_status"
            db.execute("UPDATE accounts SET status = ? WHERE card_ref = ?",
                       ["lost" if lost else "active", card_ref])

    def change_password(self, card_ref, password, new_password):
        """None, or why not."""
        with self.open() as db:
            row = db.execute("SELECT * FROM accounts WHERE card_ref = ?", [card_ref]).fetchone()
            if not self.fits(row, password):
                return "wrong_password"
            if len(new_password) != 6 or not (new_password.isascii() and new_password.isdigit()):
                return "password_not_allowed"
            salt = secrets.token_hex(8)
            db.execute("UPDATE accounts SET salt = ?, password = ? WHERE card_ref = ?",
                       [salt, hashed(new_password, salt), card_ref])

    def terminals(self):
        with self.open() as db:
            rows = db.execute("SELECT * FROM terminals ORDER BY id").fetchall()
        return [{"id": row["id"], "kind": row["kind"], "place": {"zh": row["zh"], "en": row["en"]},
                 "campus": row["campus"], "condition": row["condition"], "since": row["since"]} for row in rows]

    # ---- What happens in the house ---------------------------------------------------------------------

    def move(self, db, card_ref, wallet, amount, kind, place):
        db.execute("UPDATE purses SET on_card = on_card + ? WHERE card_ref = ? AND wallet = ?",
                   [amount, card_ref, wallet])
        db.execute("INSERT INTO movements SELECT NULL, card_ref, wallet, ?, ?, ?, ?, on_card FROM purses"
                   " WHERE card_ref = ? AND wallet = ?", [amount, kind, place, self.now(), card_ref, wallet])

    def decide(self, order_id, code=None):
        """Decides an undecided order. Outcome and code, or None where there is nothing to decide."""
        with self.open() as db:
            row = self.deposit(db, order_id)
            if row is None or row["outcome"] != "undecided":
                return None
            if code is None:
                return self.book(db, order_id)
            db.execute("UPDATE deposits SET outcome = 'refused', code = ? WHERE order_id = ?", [code, order_id])
            return "refused", code

    def tap(self, card_no, wallets):
        """A card is laid on a machine that releases these wallets' money: orders released, and why no more."""
        with self.open() as db:
            account = db.execute("SELECT * FROM accounts WHERE card_no = ?", [card_no]).fetchone()
            if account is None:
                return [], 0, "unknown_card"
            if account["status"] != "active":
                return [], 0, "card_not_active"
            released, amount, reason = [], 0, "nothing_waiting"
            for row in db.execute("SELECT * FROM deposits WHERE card_ref = ? AND outcome = 'waiting' ORDER BY rowid",
                                  [account["card_ref"]]).fetchall():
                if row["wallet"] not in wallets:
                    reason = "wrong_terminal" if reason == "nothing_waiting" else reason
                elif row["claim_by"] and unix(row["claim_by"]) <= self.now():
                    reason = "needs_confirmation"
                else:
                    db.execute("UPDATE deposits SET outcome = 'on_card' WHERE order_id = ?", [row["order_id"]])
                    db.execute("UPDATE purses SET waiting = waiting - ? WHERE card_ref = ? AND wallet = ?",
                               [row["amount"], row["card_ref"], row["wallet"]])
                    self.move(db, row["card_ref"], row["wallet"], row["amount"], "top_up", "Dika")
                    released.append(row["order_id"])
                    amount += row["amount"]
            return released, amount, "released" if released and reason != "needs_confirmation" else reason


def unix(moment):
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())
