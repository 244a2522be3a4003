// Runs before the first paint: what the page looks like from the start. It stands ahead of all that is seen, so it is
// short; the rest is in boot.js. Plain ES5: it must work where the app can't.
(function () {
  // Theme and text size as chosen in the settings. Storage may be forbidden: then the system's.
  var html = document.documentElement;
  function set(name) {
    var value = localStorage.getItem('dika.' + name);
    if (value) html.setAttribute('data-' + name, value);
  }
  try {
    set('theme');
    set('text');
  } catch (e) {}

  // WeChat has a text size of its own, which pages follow, as Tencent's cashier rules ask: text and what holds
  // it grow, and nothing turns the setting off. Here, so that nothing jumps after the first paint.
  window.dikaResize = function (percent) {
    if (/^[\d.]+$/.test(percent)) {
      html.style.webkitTextSizeAdjust = percent + '%';
      // For what must not become too small (style/forms.css, "field").
      html.style.setProperty('--text-scale', percent / 100);
    }
  };
  try { window.dikaResize(JSON.parse(window.__wxWebEnv.getEnv()).fontScale); } catch (e) {}
})();
