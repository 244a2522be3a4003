// Asks for the service worker, last of all and only where bytes are not being saved: nothing depends
// on it, and the page that is opened now comes first. Plain ES5.
(function () {
  var workers = navigator.serviceWorker;
  if (!workers || (navigator.connection || {}).saveData) return;
  var address = '/sw.js';
  // Where the page's policy takes addresses of scripts from the policy `dika` alone: this one, whatever is asked.
  if (window.trustedTypes) {
    address = trustedTypes.createPolicy('dika', { createScriptURL: function () { return '/sw.js'; } }).createScriptURL('');
  }
  window.addEventListener('dika:hydrated', function () {
    setTimeout(function () { workers.register(address).catch(function () {}); }, 3000);
  });
})();
