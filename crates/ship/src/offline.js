// Asks for the service worker, last of all and only where bytes are not being saved: nothing depends
// on it, and the page that is opened now comes first.
export const keepForOffline = () => {
  const workers = navigator.serviceWorker;
  if (!workers || (navigator.connection || {}).saveData) return;
  let address = '/sw.js';
  // Where the page's policy takes addresses of scripts from the policy `dika` alone: this one, whatever is asked.
  if (window.trustedTypes) {
    address = trustedTypes.createPolicy('dika', { createScriptURL: () => '/sw.js' }).createScriptURL('');
  }
  addEventListener('dika:hydrated', () => {
    setTimeout(() => workers.register(address).catch(() => {}), 3000);
  });
};
