// Runs before the first paint: what the page looks like from the start. It stands ahead of all that is seen, so it is
// short; the rest is in boot.js. A student's page has it in WeChat alone, and else comes as it was chosen
// (crates/server/src/web/appearance.rs). Plain ES5: it must work where the app can't.
(function () {
  // Theme and text size as chosen in the settings. Storage may be forbidden: then the system's.
  var html = document.documentElement;
  function set(name) {
    var value = localStorage['dika.' + name];
    if (value) html.dataset[name] = value;
  }
  try {
    set('theme');
    set('text');
  } catch (e) {}

  // WeChat has a text size of its own, which pages follow, as Tencent's cashier rules ask: text and what holds it grow,
  // and nothing turns the setting off. Here, so that nothing jumps after the first paint; boot.js follows its changes.
  var wechat = window.__wxWebEnv;
  try { if (wechat) html.style.webkitTextSizeAdjust = JSON.parse(wechat.getEnv()).fontScale + '%'; } catch (e) {}
})();
