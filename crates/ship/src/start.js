// The entry of the built app: bundled with wasm-bindgen's glue into one module.
import init, { end } from './app.js';
import { arm } from './take_over.js';
import { keepForOffline } from './offline.js';
import { dressed, keepStyle } from './style_sheet.js';
import { watchTexts } from './texts.js';

// Once for the page, however many instances of the app it takes.
if (!window.dikaTakeOver) {
  watchTexts();
  arm(import.meta.url);
  keepForOffline();
  keepStyle();
}
// Of the instance that runs now.
window.dikaEnd = end;
dressed.then(() => init()).catch(function (error) {
  console.error(error);
  // public/rescue.js listens: it stands outside of what has just failed.
  dispatchEvent(new CustomEvent('dika:failed'));
});
