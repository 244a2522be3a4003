// Runs in every page before its own scripts, and notes when things happen, in milliseconds since the
// navigation began. The bench sets `window.__bench_ready` to the selector of "usable" beforehand.
(function () {
  var seen = { first_paint: null, largest_paint: null, usable: null, long_tasks_ms: 0, shift: 0 };
  window.__bench = seen;
  function observe(type, each) {
    try {
      new PerformanceObserver(function (list) { list.getEntries().forEach(each); }).observe({ type: type, buffered: true });
    } catch (e) {}
  }
  observe('paint', function (entry) {
    if (entry.name === 'first-contentful-paint') seen.first_paint = Math.round(entry.startTime);
  });
  observe('largest-contentful-paint', function (entry) { seen.largest_paint = Math.round(entry.startTime); });
  observe('longtask', function (entry) { seen.long_tasks_ms += Math.round(entry.duration); });
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
