#!/usr/bin/env python3
"""The toy ledger's connector for rehearsals and tests: with a page and JSON to lay cards on machines, decide
undecided credits, change cards and machines, move the clock, and set faults. For this machine only.

GET /drive is the page. POST /drive/<action> takes a JSON object:
  state      {}                                  cards, credits, machines, faults
  tap        {card_no, terminal}                 a card is laid on a machine (its id)
  decide     {order_id, code?}                   an undecided credit is booked, or refused with this code
  undecided  {card_no, on}                       the next credits for this card are undecided
  status     {card_no, status, replaced_by?}     a card is frozen, replaced and so on
  terminal   {id, condition}                     in_order or out_of_order
  spend      {card_no, wallet, amount_fen, place}
  clock      {offset_s}                          the ledger's clock; signatures keep to real time
  faults     {name: value, ...}                  replaces all faults; {} ends them
"""
import json, re, sqlite3, threading, time

import dika_connector, serve
from dika_connector import Fault

# What can go wrong, and what an adapter that has the fault does.
FAULTS = {
    "late_ms": "carries the call out after so many milliseconds",
    "slow_ms": "carries the call out at once and answers after so many milliseconds",
    "lose_answers": "carries so many credits out and drops the connection instead of answering",
    "down": "drops every connection",
    "html": "answers every call with an HTML page",
    "html_errors": "answers faults with an HTML page",
    "fen_string": "sends amounts as strings",
    "fen_float": "sends amounts in yuan, with a point",
    "fen_negative": "sends amounts with a minus",
    "fen_missing": "leaves amounts out",
    "extra_fields": "sends fields that no version knows (not a fault: readers ignore them)",
    "unknown_outcome": "invents an outcome",
    "wrong_amount": "answers a credit with another amount",
    "other_order": "answers a credit with another order's id",
    "unmasked": "sends names in full",
    "tells_which": "tells a wrong number from a wrong password",
    "any_signature": "does not check signatures",
    "any_time": "does not check the time of sending",
    "one_signature": "reads the first signature only, so that keys cannot be rotated",
    "fen_lenient": "takes amounts as strings and fractions",
    "strict_fields": "refuses fields that it does not know",
    "forgets_orders": "books the same order again",
    "forgets_after_days": "forgets orders after so many days",
    "forgets_refusals": "tries a refused order again",
    "two_at_once": "books the same order twice when it comes twice at once",
    "takes_conflicts": "takes an order's id again with another amount",
    "guesses_unknown": "says that an order it never heard of was refused",
    "never_decides": "leaves undecided credits undecided",
    "no_callbacks": "sends no callbacks",
    "reopen_books": "puts the money onto the card when asked to let it wait again",
    "statement_short": "leaves the last credit out of the day's list",
    "endless_pages": "gives the first page of movements for ever",
    "loss_ignored": "says that a loss is reported and does nothing",
}


class ToyConnector(dika_connector.Connector):
    faults, offset_s = {}, 0

    def __init__(self, *given):
        super().__init__(*given)
        self.cards.now = self.now
        self.one_after_the_other = threading.Lock()
        decides = self.cards.decides_by_itself
        self.cards.decides_by_itself = lambda db, row: "never_decides" not in self.faults and decides(db, row)

    def now(self):
        return int(time.time()) + self.offset_s

    # ---- Faults --------------------------------------------------------------------------------------

    def answer(self, headers, body):
        headers = {name.lower(): value for name, value in headers.items()}
        if "any_signature" in self.faults or "any_time" in self.faults or "one_signature" in self.faults:
            return self.careless_answer(headers, body)
        return super().answer(headers, body)

    def careless_answer(self, headers, body):
        if "any_signature" in self.faults:
            headers["webhook-timestamp"] = str(int(time.time()))
            headers.setdefault("webhook-id", "none")
            headers["webhook-signature"] = dika_connector.sign(
                self.keys[0], headers["webhook-id"], headers["webhook-timestamp"], body)
        elif "one_signature" in self.faults:
            headers["webhook-signature"] = headers.get("webhook-signature", "").split(" ")[0]
        else:
            try:
                dika_connector.check_signature(self.keys, headers, body, int(headers.get("webhook-timestamp", "0")))
            except Fault as fault:
                return fault.status, fault.body
            return self.careless_answer_now(body)
        return super().answer(headers, body)

    def careless_answer_now(self, body):
        headers = {"webhook-id": "again", "webhook-timestamp": str(int(time.time()))}
        headers["webhook-signature"] = dika_connector.sign(self.keys[0], "again", headers["webhook-timestamp"], body)
        return super().answer(headers, body)

    def carry_out(self, body):
        try:
            call = json.loads(body)
        except ValueError:
            return super().carry_out(body)
        if not isinstance(call, dict):
            return super().carry_out(body)
        if "fen_lenient" in self.faults and call.get("op") == "credit":
            try:
                call["amount_fen"] = abs(int(float(call.get("amount_fen")))) or 1
            except (TypeError, ValueError):
                call["amount_fen"] = 1
            body = json.dumps(call).encode()
        known = {"protocol", "op", "issuer", "test", "order_id", "card_ref", "wallet", "amount_fen", "paid_at", "waits",
                 "claim_by", "cap_fen", "identifier", "password", "new_password", "from", "to", "cursor", "limit",
                 "day", "list"}
        if "strict_fields" in self.faults and set(call) - known:
            raise Fault("malformed", 400, sorted(set(call) - known)[0])
        return self.spoiled(call, super().carry_out(body))

    def spoiled(self, call, answer):
        op, faults = call.get("op"), self.faults
        if "unmasked" in faults and "card" in answer:
            answer["card"]["identity"]["name"] = self.cards.card(answer["card"]["card_ref"])["name"]
        if "extra_fields" in faults:
            answer = {**answer, "colour": "blue", "more": {"deep": [1, {"er": None}]}}
        if "statement_short" in faults and answer.get("credits"):
            answer["credits"].pop()
        if "endless_pages" in faults and op == "transactions":
            answer["next_cursor"] = "9" * 9
        if op in ("credit", "credit_status", "reopen"):
            if "unknown_outcome" in faults:
                answer["outcome"] = "parked"
            if "wrong_amount" in faults and "amount_fen" in answer:
                answer["amount_fen"] += 1
            if "other_order" in faults:
                answer["order_id"] = "another"
            if "guesses_unknown" in faults and answer["outcome"] == "unknown":
                answer.update(outcome="refused", code="unknown_card", amount_fen=1)
        # Capabilities stay readable: without them the suite would not come as far as the money.
        return answer if op == "capabilities" else self.respelled(answer)

    def respelled(self, value, field=""):
        if isinstance(value, dict):
            left_out = "fen_missing" in self.faults
            return {key: self.respelled(inner, key) for key, inner in value.items()
                    if not (left_out and key.endswith("_fen"))}
        if isinstance(value, list):
            return [self.respelled(inner, field) for inner in value]
        if field.endswith("_fen") and value is not None:
            if "fen_string" in self.faults:
                return str(value)
            if "fen_float" in self.faults:
                return value / 100
            if "fen_negative" in self.faults:
                return -value - 1
        return value

    def op_verify(self, call):
        answer = super().op_verify(call)
        if "tells_which" in self.faults and answer["outcome"] == "refused":
            known = any(one["identifier"] == call["identifier"] for one in self.all("accounts"))
            answer["code"] = "wrong_password" if known else "unknown_number"
        return answer

    def op_credit(self, call):
        order, faults = dika_connector.text(call, "order_id"), self.faults
        with self.open() as db:
            known = self.find(db, order)
        days = faults.get("forgets_after_days")
        if known and ("forgets_orders" in faults or "forgets_refusals" in faults and known["outcome"] == "refused"
                      or days and self.now() - self.received(known) > days * 86400):
            self.forget(order)
        if known and "takes_conflicts" in faults and known["amount"] != call.get("amount_fen"):
            return {**self.answer_of(known), "amount_fen": call["amount_fen"]}
        if known is None and "two_at_once" in faults:
            time.sleep(0.2)  # long enough that the others do not find the order either
            with self.one_after_the_other:
                self.forget(order)
                return super().op_credit(call)
        return super().op_credit(call)

    def received(self, row):
        return row["accepted"] or self.now()

    def forget(self, order):
        with self.open() as db:
            db.execute("DELETE FROM credits WHERE order_id = ?", [order])
        with self.cards.open() as db:
            db.execute("DELETE FROM deposits WHERE order_id = ?", [order])

    def op_reopen(self, call):
        if "reopen_books" in self.faults:
            with self.cards.open() as db:
                row = self.cards.deposit(db, dika_connector.text(call, "order_id"))
                if row:
                    self.cards.move(db, row["card_ref"], row["wallet"], row["amount"], "top_up", "Dika")
        return super().op_reopen(call)

    def op_report_loss(self, call):
        if "loss_ignored" in self.faults:
            return {"outcome": "done"}
        return super().op_report_loss(call)

    def tell(self, db, kind, data):
        if "no_callbacks" not in self.faults:
            super().tell(db, kind, data)

    # ---- Driving -------------------------------------------------------------------------------------

    def all(self, table):
        with self.cards.open() as db:
            return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY rowid")]

    def drive_state(self, _):
        cards = self.all("accounts")
        purses = self.all("purses")
        for card in cards:
            del card["salt"], card["password"]
            card["wallets"] = [{key: purse[key] for key in ("wallet", "on_card", "waiting")} for purse in purses
                               if purse["card_ref"] == card["card_ref"]]
        with self.open() as db:
            credits = [dict(row) for row in db.execute("SELECT * FROM credits ORDER BY rowid")]
        return {"issuer": self.settings["issuer"], "now": dika_connector.moment(self.now()), "cards": cards,
                "credits": credits, "terminals": self.all("terminals"), "faults": self.faults, "known_faults": FAULTS}

    def drive_tap(self, asked):
        terminal = next((one for one in self.all("terminals") if asked["terminal"] in (one["id"], one["kind"])), None)
        kind = terminal["kind"] if terminal and terminal["condition"] == "in_order" else None
        wallets = [one["kind"] for one in self.settings["wallets"] if kind in one.get("claim", {}).get("terminals", [])]
        released, amount, reason = self.cards.tap(asked["card_no"], wallets)
        for order in released:
            self.decided(order, "on_card")
        return {"released": released, "amount_fen": amount, "reason": reason}

    def drive_decide(self, asked):
        decision = self.cards.decide(asked["order_id"], asked.get("code"))
        if decision:
            self.decided(asked["order_id"], *decision)
        return {"outcome": decision and decision[0]}

    def drive_undecided(self, asked):
        return self.set_card(asked, "undecided = ?", [bool(asked["on"])])

    def drive_status(self, asked):
        changed = self.set_card(asked, "status = ?, replaced_by = ?", [asked["status"], asked.get("replaced_by")])
        card = next(one for one in self.all("accounts") if one["card_no"] == asked["card_no"])
        data = {"card_ref": card["card_ref"], "status": card["status"], "replaced_by": card["replaced_by"]}
        with self.open() as db:
            self.tell(db, "card.status_changed", data)
        return changed

    def set_card(self, asked, sql, values):
        with self.cards.open() as db:
            changed = db.execute(f"UPDATE accounts SET {sql} WHERE card_no = ?", [*values, asked["card_no"]]).rowcount
        if not changed:
            raise KeyError("card_no")
        return {"changed": changed}

    def drive_terminal(self, asked):
        with self.cards.open() as db:
            changed = db.execute("UPDATE terminals SET condition = ?, since = ? WHERE id = ?",
                                 [asked["condition"], self.now(), asked["id"]]).rowcount
        if not changed:
            raise KeyError("id")
        with self.open() as db:
            self.tell(db, "terminal.status_changed", {"id": asked["id"], "condition": asked["condition"]})
        return {"changed": changed}

    def drive_spend(self, asked):
        card = next((one for one in self.all("accounts") if one["card_no"] == asked["card_no"]), None)
        if card is None:
            raise KeyError("card_no")
        with self.cards.open() as db:
            self.cards.move(db, card["card_ref"], asked["wallet"], -int(asked["amount_fen"]), "spend",
                            asked.get("place", "第二饭堂"))
        return {"changed": 1}

    def drive_clock(self, asked):
        self.offset_s = int(asked["offset_s"])
        return {"now": dika_connector.moment(self.now())}

    def drive_faults(self, asked):
        unknown = set(asked) - set(FAULTS)
        if unknown:
            raise KeyError(sorted(unknown)[0])
        self.faults = asked
        return {"faults": asked}


class DrivenHandler(serve.Handler):
    def do_GET(self):
        if self.path == "/drive":
            return self.send(200, PAGE.encode(), "text/html; charset=utf-8")
        self.send(404, {"error": {"code": "not_found"}})

    def do_POST(self):
        connector = self.server.connector
        driven = re.fullmatch(r"/drive/([a-z]+)", self.path)
        if not driven:
            return self.disturbed(connector.faults)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        action = getattr(connector, "drive_" + driven[1], None)
        # A page of another site may send forms here, but not JSON.
        if action is None or self.headers.get("content-type") != "application/json":
            return self.send(404, {"error": {"code": "not_found"}})
        try:
            self.send(200, action(json.loads(body or b"{}")))
        except (KeyError, ValueError, TypeError, sqlite3.Error) as error:
            self.send(400, {"error": {"code": "malformed", "field": str(error)}})

    def disturbed(self, faults):
        if "down" in faults:
            return self.drop()
        if "html" in faults:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            return self.send(200, b"<!doctype html><title>Sign in</title>", "text/html")
        time.sleep(faults.get("late_ms", 0) / 1000)
        super().do_POST()

    def drop(self):
        self.close_connection = True

    def send(self, status, answer, kind="application/json"):
        faults = self.server.connector.faults
        if not self.path.startswith("/drive"):
            if faults.get("lose_answers", 0) > 0 and isinstance(answer, dict) and "order_id" in answer:
                faults["lose_answers"] -= 1
                return self.drop()
            time.sleep(faults.get("slow_ms", 0) / 1000)
            if "html_errors" in faults and status != 200:
                answer, kind = b"<html><h1>Server Error in '/' Application.</h1></html>", "text/html"
        super().send(status, answer, kind)


PAGE = """<!doctype html><meta charset="utf-8"><title>Toy card system</title>
<style>body{font:15px/1.5 system-ui;margin:2rem;max-width:60rem}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ccc;padding:.25rem .5rem;text-align:left}button{margin:.1rem}pre{white-space:pre-wrap}</style>
<h1>Toy card system <span id="issuer"></span></h1><p id="now"></p><pre id="last"></pre>
<h2>Cards</h2><table id="cards"></table><h2>Machines</h2><table id="terminals"></table>
<h2>Credits</h2><table id="credits"></table><h2>Faults</h2><p id="faults"></p>
<script>
const el = (id) => document.getElementById(id);
const drive = async (action, body) => {
  const answer = await fetch('/drive/' + action, {method: 'POST', headers: {'content-type': 'application/json'},
    body: JSON.stringify(body || {})});
  const json = await answer.json();
  if (action !== 'state') { el('last').textContent = action + ': ' + JSON.stringify(json); await show(); }
  return json;
};
const row = (cells, buttons) => {
  const tr = document.createElement('tr');
  for (const cell of cells) { const td = document.createElement('td'); td.textContent = cell; tr.append(td); }
  const td = document.createElement('td');
  for (const [name, action, body] of buttons || []) {
    const button = document.createElement('button'); button.textContent = name;
    button.onclick = () => drive(action, body); td.append(button);
  }
  tr.append(td); return tr;
};
async function show() {
  const s = await drive('state');
  el('issuer').textContent = s.issuer; el('now').textContent = s.now;
  el('cards').replaceChildren(...s.cards.map((c) => row([c.card_no, c.identifier, c.name, c.status, c.wallets.map((w) =>
    `${w.wallet}: ${w.on_card} on card, ${w.waiting} waiting (fen)`).join('; ')],
    [...s.terminals.map((t) => ['tap ' + t.id, 'tap', {card_no: c.card_no, terminal: t.id}]),
     ...['active', 'lost', 'frozen'].map((x) => [x, 'status', {card_no: c.card_no, status: x}]),
     [c.undecided ? 'decide at once' : 'undecided', 'undecided', {card_no: c.card_no, on: !c.undecided}]])));
  el('terminals').replaceChildren(...s.terminals.map((t) => row([t.id, t.kind, t.en, t.condition],
    ['in_order', 'out_of_order'].map((x) => [x, 'terminal', {id: t.id, condition: x}]))));
  el('credits').replaceChildren(...s.credits.map((c) => row([c.order_id, c.card_ref, c.wallet, c.amount, c.outcome, c.code || ''],
    c.outcome === 'undecided' ? [['book', 'decide', {order_id: c.order_id}],
      ['refuse', 'decide', {order_id: c.order_id, code: 'card_not_active'}]] : [])));
  el('faults').replaceChildren(...[['none', {}], ...Object.keys(s.known_faults).map((f) => [f, {[f]: /_ms$/.test(f) ? 20000 : /days|answers/.test(f) ? 3 : true}])]
    .map(([name, body]) => { const b = document.createElement('button'); b.textContent = name; b.title = s.known_faults[name] || '';
      b.disabled = JSON.stringify(s.faults) === JSON.stringify(body); b.onclick = () => drive('faults', body); return b; }));
}
show();
</script>
"""

if __name__ == "__main__":
    serve.serve(serve.arguments().parse_args(), ToyConnector, DrivenHandler)
