// The entry of the built app: bundled with wasm-bindgen's glue into one module.
import init from './app.js';

init().catch(function (error) {
  console.error(error);
  // public/rescue.js listens: it stands outside of what has just failed.
  dispatchEvent(new CustomEvent('dika:failed'));
});
