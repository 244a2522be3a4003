// In place of sw.js where the service worker is switched off: takes over at once from whatever worker
// a browser has, empties what it kept, and is gone. Pages then come from the server alone.
addEventListener('install', function () { skipWaiting(); });
addEventListener('activate', function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.map(function (name) { return caches.delete(name); }));
  }).then(function () { return registration.unregister(); }));
});
