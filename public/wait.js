// Brings the app to a page that can be read without it: from the template in which crates/site put what loads it. Who
// only reads doesn't pay for the code: it comes with the first touch of what only the app answers. Once the page has been
// read for a while, what all pages share is fetched ahead; where that is all that the page needs, the app starts. Plain ES5.
(function () {
  var QUIET_MS = 2000;
  var html = document.documentElement;
  var code = document.getElementById('code');
  // It came with the page: a student is here (crates/site).
  if (!code) return;

  function bring() {
    document.head.appendChild(document.importNode(code.content, true));
  }

  function begin() {
    if (!html.hasAttribute('data-waits')) return;
    html.removeAttribute('data-waits');
    bring();
    // public/boot.js asks the API ahead, public/rescue.js begins to wait.
    dispatchEvent(new Event('dika:begun'));
  }

  function onTouch(event) {
    var node = event.target;
    if (node.closest && node.closest('button, input, label, select, textarea')) begin();
  }

  // Out of the template, so that nothing is asked for twice. Chunks have this name (crates/ship/src/code.rs).
  function fetchAhead() {
    var shared = code.content.querySelectorAll('[rel$=preload]:not([href*="/page-"])');
    for (var i = 0; i < shared.length; i++) document.head.appendChild(shared[i]);
  }

  // Not in a tab that nobody sees, and not where bytes are dear.
  function onQuiet() {
    var network = navigator.connection || {};
    if (!html.hasAttribute('data-waits') || network.saveData || /2g/.test(network.effectiveType)) return;
    if (document.hidden) document.addEventListener('visibilitychange', onQuiet);
    else if (code.content.querySelector('[href*="/page-"]')) fetchAhead();
    else begin();
  }

  // The home page of somebody who was here before, as it was built.
  if (!html.hasAttribute('data-waits')) return bring();
  var touches = ['pointerdown', 'focusin', 'input', 'click'];
  for (var i = 0; i < touches.length; i++) document.addEventListener(touches[i], onTouch, true);
  addEventListener('dika:wanted', begin);
  addEventListener('load', function () { setTimeout(onQuiet, QUIET_MS); });
})();
