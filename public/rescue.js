// Helps when the app can't: a browser too old, a download that failed or stalls, a crash.
// The prerendered page stays readable under the notice, and carries the words for it in its own language
// (src/text/rescue.rs). Plain ES5.
(function () {
  var SLOW_AFTER_MS = 15000;
  var html = document.documentElement;
  var started = false;
  var shown = '';
  var notice = null;

  function add(name, className, text) {
    var node = document.createElement(name);
    node.className = className;
    node.textContent = text;
    notice.appendChild(node);
    return node;
  }

  function show(kind, why) {
    // A slow network's notice gives way to a failure's; a failure's stays.
    if (shown && (kind === 'slow' || shown !== 'slow')) return;
    // The words come last in the page.
    if (document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', function () { show(kind, why); });
      return;
    }
    // A page without words is none of the app's (src/legal.rs).
    var carried = document.getElementById('rescue');
    if (!carried) return;
    hide();
    shown = kind;
    var slow = kind === 'slow';
    var words = JSON.parse(carried.textContent);
    // What was prepared for a student will not come: the page for everybody instead of its skeleton.
    if (!slow && !started) html.removeAttribute('data-known');
    notice = document.createElement('div');
    notice.className = 'rescue';
    notice.setAttribute('role', slow ? 'status' : 'alert');
    notice.setAttribute('data-rescue', kind);
    var wayOut = !slow && !why && /micromessenger/i.test(navigator.userAgent);
    var space = html.lang === 'en' ? ' ' : '';
    add('p', 'rescue-text', words[why || kind] + (wayOut ? space + words.wechat : ''));
    var button = add('button', 'rescue-button', words.reload);
    button.type = 'button';
    button.setAttribute('data-action', 'reload');
    button.onclick = function () { location.reload(); };
    add('a', 'rescue-link', words.guide).href = '/guide';
    add('a', 'rescue-link', words.points).href = '/service-points';
    // After the app's own nodes: it must find the page as it was prerendered.
    html.appendChild(notice);
    // What is tapped from here on has nobody to wait for (boot.js).
    if (!slow) dispatchEvent(new Event('dika:dead'));
  }

  function hide() {
    if (notice) html.removeChild(notice);
    notice = null;
    shown = '';
  }

  // A page that a translator took apart is loaded again, at most once in twenty seconds: the address and the
  // drafts bring it back as it was.
  function reloadTranslated() {
    try {
      var now = Date.now();
      if (!started || !document.querySelector('font') || now - sessionStorage['dika.again'] < 2e4) return false;
      sessionStorage['dika.again'] = now;
      location.reload();
      return true;
    } catch (refused) {
      return false;
    }
  }

  // The app ended. Where it had not begun yet, its script begins again (take_over.js).
  function crash() {
    if (!(window.dikaAgain && window.dikaAgain(started)) && !reloadTranslated()) show('crashed');
  }

  // Shows what an error means, if the app ended with it.
  function judge(error, thrown) {
    error = error || {};
    // Code that this engine doesn't know.
    if (!started && /^(Compile|Link)E/.test(error.name)) show('missing');
    // Thrown through the app: what the browser refused it. It does not go on after that.
    else if (/^(Compile|Link|Runtime)E/.test(error.name) || thrown && /wasm/.test(error.stack)) crash();
  }

  addEventListener('dika:hydrated', function () {
    started = true;
    hide();
  });
  addEventListener('dika:failed', function () { show(started ? 'crashed' : 'failed'); });
  addEventListener('dika:panic', crash);
  addEventListener('unhandledrejection', function (event) { judge(event.reason); });
  // Failed downloads of scripts don't bubble: listen on the way down.
  addEventListener('error', function (event) {
    var node = event.target;
    if (node && node.tagName === 'SCRIPT') {
      // Others' scripts, put into the page on its way here or by an extension, are not missed.
      if (/\/assets\//.test(node.src)) show('failed');
    }
    // The app's own script, in a language that this engine doesn't know.
    else if (!started && /SyntaxError.*\/assets\//.test(event.message + event.filename)) show('missing');
    else judge(event.error, true);
  }, true);

  // The last two are as young as the oldest engines that the app is built for: iOS 15, Chrome 85.
  var young = window.BigInt64Array && Promise.any;
  if (!window.WebAssembly || !young) {
    // A young engine of Apple's that has none: Lockdown Mode has switched it off, in every browser.
    show('missing', young && /Apple/.test(navigator.vendor) ? 'lockdown' : '');
  } else {
    var expect = function () { setTimeout(function () { if (!started) show('slow'); }, SLOW_AFTER_MS); };
    // The app was asked for with the page, or is later (boot.js).
    if (html.hasAttribute('data-waits')) addEventListener('dika:begun', expect);
    else expect();
  }
})();
