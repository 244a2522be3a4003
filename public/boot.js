// What can't wait for the app. It comes with the styles, right behind what is seen first (crates/site); what the first
// paint needs is in early.js. Plain ES5: it must work where the app can't.
(function () {
  var html = document.documentElement;

  // The app expects neither the styles nor this script among its nodes. With all styles there, those for the beginning of
  // the page are of no use.
  var fold = document.getElementById('fold');
  var first = document.getElementById('first');
  while (fold && fold.firstChild) document.head.appendChild(fold.firstChild);
  if (fold) fold.parentNode.removeChild(fold);
  if (first) first.parentNode.removeChild(first);

  // Leptos looks for these when it takes over a prerendered page; no page streams resources.
  window.__RESOLVED_RESOURCES = [];
  window.__SERIALIZED_ERRORS = [];
  window.__INCOMPLETE_CHUNKS = [];

  // Where the app was entered: WeChat on iOS holds a page's signature against this address, whatever
  // the router shows since (docs/decisions/0004-no-js-sdk.md).
  window.dikaEntry = location.href.split('#')[0];
  // What WeChat's sign-in leaves behind in the address.
  if (location.hash === '#wechat_redirect') history.replaceState(null, '', window.dikaEntry);

  // WeChat's text size, as in early.js.
  function resize(percent) {
    if (!(percent > 0)) return;
    html.style.webkitTextSizeAdjust = percent + '%';
    // For what must not become too small (style/forms.css, "field").
    html.style.setProperty('--text-scale', percent / 100);
  }
  var wechat = window.__wxWebEnv;
  try { if (wechat) resize(JSON.parse(wechat.getEnv()).fontScale); } catch (e) {}

  function followTextSize() {
    // A stand-in for the bridge may lack what the real one has.
    try {
      window.WeixinJSBridge.on('menu:setfont', function (setting) {
        // iOS leaves the text to the page; Android wants to be told to scale it.
        resize(setting.fontScale);
        window.WeixinJSBridge.invoke('setFontSizeCallback', { fontSize: setting.fontSize });
      });
    } catch (e) {}
  }
  if (/micromessenger/i.test(navigator.userAgent)) {
    if (window.WeixinJSBridge) followTextSize();
    else document.addEventListener('WeixinJSBridgeReady', followTextSize);
  }

  // A student is here, or was before: their skeleton, not the first visit's three lines. The server sets
  // the cookie beside the session's, which no script can see. A page that came with its data (crates/site) is marked already.
  var seeded = html.hasAttribute('data-seeded');
  var known = seeded;
  try { known = known || localStorage['dika.home']; } catch (e) {}
  if (known || /(^|; )dika_student=1/.test(document.cookie)) html.setAttribute('data-known', '');

  // Theme and text size, where they are not what was chosen in the settings: a student's page comes as cookies
  // say (crates/server/src/web/appearance.rs), and a cookie may be lost while the browser's storage is kept.
  function restore(name) {
    var value = localStorage['dika.' + name] || '';
    var attribute = 'data-' + name;
    if (value === (html.getAttribute(attribute) || '')) return;
    if (value) html.setAttribute(attribute, value);
    else html.removeAttribute(attribute);
    document.cookie = 'dika_' + name + '=' + value + '; path=/; max-age=31536000; samesite=lax';
  }

  // With the second frame, because they hold up the first: what asks the browser's storage, and the cards' drawings
  // (style/own.css).
  function complete() {
    html.setAttribute('data-drawings', '');
    try {
      restore('theme');
      restore('text');
    } catch (e) {}
  }
  requestAnimationFrame(function () { requestAnimationFrame(complete); });

  // What the app will ask the API first, asked for now, while its code is on the way. The app's own
  // requests take these answers: same address, same mode, once.
  function meta(name) {
    var found = document.querySelector('meta[name=dika-' + name + ']');
    return found ? found.content : '';
  }

  function preload(address, mode) {
    var link = document.createElement('link');
    link.rel = 'preload';
    link.as = 'fetch';
    link.crossOrigin = mode;
    link.href = address;
    document.head.appendChild(link);
  }

  function ahead(path) {
    preload(meta('api') + '/api/v1' + path, 'use-credentials');
  }
  // A page that came with its data needs nothing of it again.
  var place = location.pathname;
  var isStudentsHome = place === '/' && html.hasAttribute('data-known');

  function askAhead() {
    if (!seeded) ahead('/session');
    if (isStudentsHome) {
      if (!seeded) {
        ahead('/cards');
        ahead('/top-ups?open=true');
      }
      // And the code for it, which a first visit doesn't need.
      var files = meta('student').split(' ');
      for (var i = 0; files[0] && i < files.length; i++) preload(files[i], 'anonymous');
    }
    if (!seeded && /^\/(service-points|guide(\/which-card)?)$/.test(place)) ahead('/directory');
  }

  // A page that can be read without the app brings it later (public/wait.js).
  if (document.getElementById('code') && !isStudentsHome) {
    html.setAttribute('data-waits', '');
    addEventListener('dika:begun', askAhead);
  } else askAhead();

  // While the app is not there: keep what is typed, and the last tap on a control.
  var tapped = null;
  var rank;
  var dead = false;

  function action(node) {
    while (node && node.nodeType === 1) {
      if (node.hasAttribute('data-action')) return node;
      node = node.parentNode;
    }
    return null;
  }

  // A tab is marked as soon as it is tapped, while the browser brings its page; `marked` is the one that was before.
  var marked;
  function mark(tab) {
    var now = document.querySelector('.tab[aria-current]');
    if (now) now.removeAttribute('aria-current');
    if (tab) tab.setAttribute('aria-current', 'page');
    return now;
  }

  // The page did not go, or came back.
  function unmark() {
    if (marked !== undefined) mark(marked);
    marked = undefined;
  }
  addEventListener('pageshow', unmark);

  function onTap(event) {
    var tab = event.target.closest && event.target.closest('.tab');
    if (tab && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      var before = mark(tab);
      if (marked === undefined) marked = before;
    }
    var control = action(event.target);
    // Links work without the app, and the rescue notice answers by itself.
    if (!control || control.tagName === 'A' || control.getAttribute('data-action') === 'reload') return;
    event.preventDefault();
    if (dead) {
      // Nobody will come to do it, and the notice says so.
      document.querySelector('.rescue-button').focus();
      return;
    }
    tap(control);
    control.setAttribute('aria-busy', 'true');
  }

  function tap(control) {
    tapped = control;
    // Among those of its name.
    rank = [].indexOf.call(document.querySelectorAll('[data-action="' + control.getAttribute('data-action') + '"]'), control);
  }

  // A form sent by the browser itself would load the page anew, secrets in its address.
  function onSubmit(event) {
    event.preventDefault();
    var control = event.submitter || event.target.querySelector('[data-action]');
    if (control) tap(control);
  }

  function hold(method) {
    document[method]('click', onTap, true);
    document[method]('submit', onSubmit, true);
  }
  hold('addEventListener');

  // The app can't start, or is gone (public/rescue.js).
  addEventListener('dika:dead', function () {
    dead = true;
    if (tapped) tapped.removeAttribute('aria-busy');
    tapped = null;
    hold('addEventListener');
  });

  addEventListener('dika:hydrated', function () {
    dead = false;
    hold('removeEventListener');
    unmark();
    // The app does what was tapped, and learns what was typed (crates/ship/src/take_over.js).
    dispatchEvent(new CustomEvent('dika:early', { detail: { tapped: tapped, rank: rank } }));
    tapped = null;
  });
})();
