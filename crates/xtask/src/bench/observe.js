// Runs in every page before its own scripts, and notes when things happen, in milliseconds since the
// navigation began. The bench sets `window.__bench_ready` to the selector of "usable" beforehand.
(function () {
  var seen = {
    first_paint: null, largest_paint: null, usable: null, awake: null, long_tasks: [], shift: 0, tap_ms: null
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
  // From the finger to the next frame, handlers included; the browser rounds to 8 ms.
  observe('event', function (entry) {
    if (entry.interactionId) seen.tap_ms = Math.max(seen.tap_ms || 0, Math.round(entry.duration));
  });
  // The app says when it has taken the page over; others do not.
  window.addEventListener('dika:hydrated', function () { seen.awake = Math.round(performance.now()); });
  observe('layout-shift', function (entry) { if (!entry.hadRecentInput) seen.shift += Math.round(entry.value * 10000); });

  function look() {
    if (seen.usable === null && document.querySelector(window.__bench_ready)) {
      // When it is there, not yet when it is painted: the next frame is.
      requestAnimationFrame(function () { if (seen.usable === null) seen.usable = Math.round(performance.now()); });
    }
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  document.addEventListener('DOMContentLoaded', look);
})();
