// Helps when the app can't: a browser too old, a download that failed or stalls, a crash. The prerendered page stays readable
// above the notice, which stands hidden in each page in its own language (src/text/rescue.rs). What it says is a file of its
// own, because hardly anybody needs it: but for the words for what did not come, which fit where that file does not come
// either. Plain ES5.
(function () {
  var SLOW_AFTER_MS = 15000;
  var WORDS_WITHIN_MS = 5000;
  var html = document.documentElement;
  var started = false;
  var shown = '';
  var notice = null;
  var words = {};

  function show(kind, why) {
    // A slow network's notice gives way to a failure's; a failure's stays.
    if (shown && (kind === 'slow' || shown !== 'slow')) return;
    shown = kind;
    tell(kind, why);
  }

  function tell(kind, why) {
    // The notice comes last in the page.
    if (document.readyState === 'loading') return setTimeout(tell, 50, kind, why);
    // A page without it is none of the app's (src/legal.rs).
    notice = document.getElementById('rescue');
    if (!notice) return;
    var slow = kind === 'slow';
    if (!slow) {
      // What was prepared for a student will not come: the page for everybody instead of its skeleton.
      if (!started) html.removeAttribute('data-known');
      // What is tapped from here on has nobody to wait for (boot.js).
      dispatchEvent(new Event('dika:dead'));
    }
    var request = new XMLHttpRequest();
    request.onloadend = function () {
      // Meanwhile the app came, or something worse.
      if (shown !== kind) return;
      try { words = JSON.parse(request.responseText); } catch (e) {}
      var said = words[why || kind];
      var wayOut = !slow && !why && /micromessenger/i.test(navigator.userAgent);
      if (said) notice.firstChild.textContent = said + (wayOut ? words.wechat : '');
      notice.setAttribute('role', slow ? 'status' : 'alert');
      notice.setAttribute('data-rescue', kind);
      notice.querySelector('button').onclick = function () { location.reload(); };
      // After the app's own nodes, wherever it draws them.
      html.appendChild(notice);
      notice.hidden = false;
    };
    request.open('GET', notice.getAttribute('data-words'));
    request.timeout = WORDS_WITHIN_MS;
    request.send();
  }

  function hide() {
    shown = '';
    if (!notice) return;
    notice.hidden = true;
    notice.removeAttribute('data-rescue');
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

  // Shows what an error means, if the app ended with it. `file` is where it was thrown, never empty.
  function judge(error, file) {
    error = error || {};
    // Code that this engine doesn't know.
    if (!started && /^(Compile|Link)E/.test(error.name)) show('missing');
    // Thrown through the app: what the browser refused it. It does not go on after that, nor does its script begin.
    else if (/^(Compile|Link|Runtime)E/.test(error.name) || file && /wasm/.test(error.stack) || !started && /\/assets\//.test(file)) crash();
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
    else judge(event.error, ' ' + event.filename);
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
