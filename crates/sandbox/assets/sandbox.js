// Sends what the buttons say, and shows new messages and payments without a reload.
(() => {
  "use strict";
  const desk = document.querySelector("[data-page=sandbox]");
  if (!desk) return;
  const words = desk.querySelector("[data-words]").dataset;
  const said = desk.querySelector("[data-said]");
  let hide = 0;

  function say(text) {
    said.textContent = text;
    said.hidden = false;
    clearTimeout(hide);
    hide = setTimeout(() => { said.hidden = true; }, 4000);
  }

  async function refresh() {
    const reply = await fetch("/sandbox", { cache: "no-store" });
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    for (const part of page.querySelectorAll("[data-live] > section")) {
      const old = document.getElementById(part.id);
      // Never under somebody's fingers.
      if (old && !old.contains(document.activeElement) && old.innerHTML !== part.innerHTML) {
        old.replaceWith(part);
      }
    }
  }

  async function send(path, method, body) {
    try {
      const reply = await fetch(path, {
        method,
        headers: body === undefined ? {} : { "content-type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await reply.text();
      say((reply.ok ? words.done : words.failed) + (text ? " " + text : ""));
    } catch (fault) {
      say(words.failed);
    }
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    await refresh().catch(() => {});
  }

  desk.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { copy, path, body, method, action } = button.dataset;
    if (copy !== undefined) {
      navigator.clipboard?.writeText(copy).then(() => say(words.copied + " " + copy), () => say(copy));
    } else if (path) {
      send(path, method || "POST", body === undefined ? undefined : JSON.parse(body));
    } else if (action === "sandbox-reset") {
      send("/sandbox/reset", "POST", {});
    }
  });

  desk.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const values = new FormData(form);
    if (form.dataset.form === "tap") {
      const terminal = event.submitter && event.submitter.value;
      if (terminal) send("/sandbox/taps", "POST", { card_no: values.get("card_no"), terminal });
    } else if (form.dataset.form === "fault") {
      const [method, path] = values.get("call").split(" ");
      const times = Number.parseInt(values.get("times"), 10);
      const fault = { path, method, kind: values.get("kind"), after_commit: values.has("after_commit") };
      if (times > 0) fault.times = times;
      if (fault.kind === "error" && values.get("code")) fault.code = values.get("code");
      send("/sandbox/faults", "POST", fault);
    }
  });

  setInterval(() => {
    if (!document.hidden) refresh().catch(() => {});
  }, 3000);
})();
