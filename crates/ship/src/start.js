// The entry of the built app: bundled with wasm-bindgen's glue into one module.
import init, { end } from './app.js';
import { arm } from './take_over.js';
import { keepForOffline } from './offline.js';
import { watchTexts } from './texts.js';

// Once for the page, however many instances of the app it takes.
if (!window.dikaTakeOver) {
  watchTexts();
  arm(import.meta.url);
  keepForOffline();
}
// Of the instance that runs now.
window.dikaEnd = end;
// A page for everybody brings the style of the others with the app.
const dressed = new Promise((done) => {
  const sheet = document.querySelector('link[rel=stylesheet]');
  if (!sheet || sheet.sheet) done();
  else sheet.onload = sheet.onerror = done;
});
dressed.then(() => init()).catch(function (error) {
  console.error(error);
  // public/rescue.js listens: it stands outside of what has just failed.
  dispatchEvent(new CustomEvent('dika:failed'));
});
