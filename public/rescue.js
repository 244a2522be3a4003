// Helps when the app can't: no WebAssembly, a download that failed or stalls, a crash.
// The prerendered page stays readable under the notice. Plain ES5, no words from the app.
(function () {
  var SLOW_AFTER_MS = 15000;
  var started = false;
  var shown = '';
  var notice = null;

  var WORDS = {
    zh: {
      missing: '这个浏览器不能运行完整功能。您仍可查看指南和服务点，或换用其他浏览器打开。',
      failed: '页面没有加载完整。请检查网络后重新加载。',
      crashed: '页面出了问题。如果您刚才付过款，请先重新加载并查看订单，不要重复付款。',
      slow: '网络较慢，仍在加载。您可以先阅读本页内容。',
      reload: '重新加载',
      guide: '充值指南',
      points: '服务点与电话'
    },
    en: {
      missing: 'This browser cannot run the full app. You can still read the guide and the service points, or use another browser.',
      failed: 'The page did not load completely. Check the network, then reload.',
      crashed: 'Something went wrong on this page. If you have just paid, reload and look at your orders first; do not pay again.',
      slow: 'The network is slow; still loading. You can read this page meanwhile.',
      reload: 'Reload',
      guide: 'Top-up guide',
      points: 'Service points and phones'
    }
  };
  // A slow network's notice gives way to a failure's; a failure's stays.
  var RANK = { '': 0, slow: 1, missing: 2, failed: 2, crashed: 2 };

  function link(href, text) {
    var a = document.createElement('a');
    a.href = href;
    a.className = 'rescue-link';
    a.textContent = text;
    return a;
  }

  function show(kind) {
    if (RANK[kind] <= RANK[shown]) return;
    if (!document.body) {
      document.addEventListener('DOMContentLoaded', function () { show(kind); });
      return;
    }
    hide();
    shown = kind;
    var words = WORDS[document.documentElement.lang.slice(0, 2) === 'en' ? 'en' : 'zh'];
    notice = document.createElement('div');
    notice.className = 'rescue';
    notice.setAttribute('role', kind === 'slow' ? 'status' : 'alert');
    notice.setAttribute('data-rescue', kind);
    var p = document.createElement('p');
    p.className = 'rescue-text';
    p.textContent = words[kind];
    notice.appendChild(p);
    var button = document.createElement('button');
    button.type = 'button';
    button.className = 'rescue-button';
    button.setAttribute('data-action', 'reload');
    button.textContent = words.reload;
    button.onclick = function () { location.reload(); };
    notice.appendChild(button);
    notice.appendChild(link('/guide', words.guide));
    notice.appendChild(link('/service-points', words.points));
    // After the app's own nodes: it must find the page as it was prerendered.
    document.documentElement.appendChild(notice);
  }

  function hide() {
    if (notice) notice.parentNode.removeChild(notice);
    notice = null;
    shown = '';
  }

  function isCrash(reason) {
    var wasm = window.WebAssembly;
    if (!wasm || !reason) return false;
    return reason instanceof wasm.RuntimeError || reason instanceof wasm.CompileError ||
      reason instanceof wasm.LinkError;
  }

  window.addEventListener('dika:hydrated', function () {
    started = true;
    if (shown === 'slow') hide();
  });
  window.addEventListener('dika:failed', function () { show(started ? 'crashed' : 'failed'); });
  window.addEventListener('dika:panic', function () { show('crashed'); });
  window.addEventListener('unhandledrejection', function (event) {
    if (isCrash(event.reason)) show('crashed');
  });
  // Failed downloads of scripts don't bubble: listen on the way down.
  window.addEventListener('error', function (event) {
    var node = event.target;
    if (node && node.tagName === 'SCRIPT') show('failed');
    // Also what the browser refused the app: it does not go on after that.
    else if (isCrash(event.error) || /wasm/.test((event.error || {}).stack)) show('crashed');
  }, true);

  if (typeof WebAssembly !== 'object' || !('noModule' in document.createElement('script'))) {
    show('missing');
  } else {
    setTimeout(function () { if (!started) show('slow'); }, SLOW_AFTER_MS);
  }
})();
