// Helps when the app can't: a browser too old, a download that failed or stalls, a crash.
// The prerendered page stays readable under the notice. Plain ES5, no words from the app.
(function () {
  var SLOW_AFTER_MS = 15000;
  var html = document.documentElement;
  var started = false;
  var shown = '';
  var notice = null;

  var WORDS = {
    zh: {
      missing: '这个浏览器运行不了完整功能。指南和服务点照常能看；要充值，请换一个浏览器。',
      failed: '页面没有加载完整。请检查网络，再重新加载。',
      crashed: '页面出了问题。刚付过款的，请重新加载，先看充值记录，不要重复付款。',
      slow: '网络有点慢，还在加载。可以先看这一页。',
      wechat: '也可以点右上角「…」，选「在浏览器打开」。',
      reload: '重新加载',
      guide: '使用指南',
      points: '服务点和电话'
    },
    en: {
      missing: 'This browser cannot run the whole app. You can still read the guide and the service points; to top up, use another browser.',
      failed: 'The page did not load completely. Check the network, then reload.',
      crashed: 'Something went wrong on this page. If you have just paid, reload and look at your top-ups first; do not pay again.',
      slow: 'The network is slow; still loading. You can read this page meanwhile.',
      wechat: ' Or tap … at the top right and choose “Open in Browser”.',
      reload: 'Reload',
      guide: 'Guide',
      points: 'Service points and phones'
    }
  };

  function add(name, className, text) {
    var node = document.createElement(name);
    node.className = className;
    node.textContent = text;
    notice.appendChild(node);
    return node;
  }

  function show(kind) {
    // A slow network's notice gives way to a failure's; a failure's stays.
    if (shown && (kind === 'slow' || shown !== 'slow')) return;
    if (!document.body) {
      document.addEventListener('DOMContentLoaded', function () { show(kind); });
      return;
    }
    hide();
    shown = kind;
    var slow = kind === 'slow';
    var words = WORDS[html.lang.slice(0, 2) === 'en' ? 'en' : 'zh'];
    // What was prepared for a student will not come: the page for everybody instead of its skeleton.
    if (!slow && !started) html.removeAttribute('data-known');
    notice = document.createElement('div');
    notice.className = 'rescue';
    notice.setAttribute('role', slow ? 'status' : 'alert');
    notice.setAttribute('data-rescue', kind);
    add('p', 'rescue-text', words[kind] + (!slow && /micromessenger/i.test(navigator.userAgent) ? words.wechat : ''));
    var button = add('button', 'rescue-button', words.reload);
    button.type = 'button';
    button.setAttribute('data-action', 'reload');
    button.onclick = function () { location.reload(); };
    add('a', 'rescue-link', words.guide).href = '/guide';
    add('a', 'rescue-link', words.points).href = '/service-points';
    // After the app's own nodes: it must find the page as it was prerendered.
    html.appendChild(notice);
  }

  function hide() {
    if (notice) html.removeChild(notice);
    notice = null;
    shown = '';
  }

  // Shows what an error means, if the app ended with it.
  function judge(error, thrown) {
    error = error || {};
    // Code that this engine doesn't know.
    if (!started && /^(Compile|Link)E/.test(error.name)) show('missing');
    // Thrown through the app: what the browser refused it. It does not go on after that.
    else if (/^(Compile|Link|Runtime)E/.test(error.name) || thrown && /wasm/.test(error.stack)) show('crashed');
  }

  window.addEventListener('dika:hydrated', function () {
    started = true;
    if (shown === 'slow') hide();
  });
  window.addEventListener('dika:failed', function () { show(started ? 'crashed' : 'failed'); });
  window.addEventListener('dika:panic', function () { show('crashed'); });
  window.addEventListener('unhandledrejection', function (event) { judge(event.reason); });
  // Failed downloads of scripts don't bubble: listen on the way down.
  window.addEventListener('error', function (event) {
    var node = event.target;
    if (node && node.tagName === 'SCRIPT') show('failed');
    // The app's own script, in a language that this engine doesn't know.
    else if (!started && /SyntaxError.*\/assets\//.test(event.message + event.filename)) show('missing');
    else judge(event.error, true);
  }, true);

  // The last two are as young as the oldest engines that the app is built for: iOS 15, Chrome 85.
  if (!window.WebAssembly || !window.BigInt64Array || !Promise.any) {
    show('missing');
  } else {
    setTimeout(function () { if (!started) show('slow'); }, SLOW_AFTER_MS);
  }
})();
