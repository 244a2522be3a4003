// Asks for the service worker, last of all and only where bytes are not being saved: nothing depends
// on it, and the page that is opened now comes first. Plain ES5.
(function () {
  var workers = navigator.serviceWorker;
  if (!workers || (navigator.connection || {}).saveData) return;
  window.addEventListener('dika:hydrated', function () {
    setTimeout(function () { workers.register('/sw.js').catch(function () {}); }, 3000);
  });
})();
