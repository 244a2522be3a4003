// Runs in every page before its own scripts, and notes when things happen, in milliseconds since the
// navigation began. The bench sets `window.__bench_ready` to the selector of "usable" beforehand, and
// `window.__bench_probe` to the selectors of a control and of its answer, or to null.
(function () {
  var seen = {
    first_paint: null, largest_paint: null, usable: null, awake: null, interactive: null, reached: null, long_tasks: [], shift: 0,
    taps: {}
  };
  window.__bench = seen;
  function observe(type, each) {
    try {
      new PerformanceObserver(function (list) { list.getEntries().forEach(each); })
        .observe({ type: type, buffered: true, durationThreshold: 16 });
    } catch (e) {}
  }
  observe('paint', function (entry) {
    if (entry.name === 'first-contentful-paint') seen.first_paint = Math.round(entry.startTime);
  });
  observe('largest-contentful-paint', function (entry) { seen.largest_paint = Math.round(entry.startTime); });
  observe('longtask', function (entry) {
    seen.long_tasks.push([Math.round(entry.startTime), Math.round(entry.duration)]);
  });
  // From the finger to the next frame, handlers included; the browser rounds to 8 ms. An interaction is several
  // events, and as slow as the slowest.
  function interaction(entry) {
    var id = entry.interactionId;
    if (id) seen.taps[id] = Math.max(seen.taps[id] || 0, Math.round(entry.duration));
  }
  observe('event', interaction);
  observe('first-input', interaction);
  // The app says when it has taken the page over; others do not.
  window.addEventListener('dika:hydrated', function () { seen.awake = Math.round(performance.now()); });
  observe('layout-shift', function (entry) { if (!entry.hadRecentInput) seen.shift += Math.round(entry.value * 10000); });

  // When something is there it is not yet painted: the next frame is.
  function note(name, selector) {
    if (seen[name] !== null || !document.querySelector(selector)) return;
    requestAnimationFrame(function () { if (seen[name] === null) seen[name] = Math.round(performance.now()); });
  }

  var probe = window.__bench_probe;
  function isPainted() { return performance.getEntriesByName('first-contentful-paint').length; }
  function look() {
    note('usable', window.__bench_ready);
    if (probe && !probe.once) note('interactive', probe.answered);
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  document.addEventListener('DOMContentLoaded', look);

  if (!probe) return;
  var tapping = setInterval(probe.once ? tapOnce : tapAgain, 50);

  // Somebody who taps again and again from the first paint on. A link that the app doesn't take is not followed:
  // what is asked is when the app answers.
  function tapAgain() {
    if (seen.interactive !== null) return clearInterval(tapping);
    var control = document.querySelector(probe.control);
    if (!control || !isPainted()) return;
    // After the app's own listener, whenever that came.
    window.addEventListener('click', stay);
    control.click();
    window.removeEventListener('click', stay);
    look();
  }
  function stay(event) {
    if (!event.defaultPrevented && event.target.closest('a')) event.preventDefault();
  }

  // Somebody who taps once, and gets there in this document or in the next one. Counted from the first one's start.
  function tapOnce() {
    var begun = (sessionStorage.__bench_visit || '').split(' ');
    if (begun[0] !== probe.once) {
      var control = document.querySelector(probe.control);
      if (!control || !isPainted()) return;
      sessionStorage.__bench_visit = probe.once + ' ' + performance.timeOrigin;
      return control.click();
    }
    if (!document.querySelector(probe.answered)) return;
    clearInterval(tapping);
    requestAnimationFrame(function () {
      seen.reached = Math.round(performance.timeOrigin + performance.now() - begun[1]);
    });
  }
})();
