// The service worker: keeps one release for times without a network. Nothing depends on it.
//
// What it keeps, it fetches by itself when it is installed: the release's files, and its pages in
// the reader's language. It never keeps an answer to what a page asked for, so nothing of a student's
// can get in; and it leaves alone whatever is not on its lists: the API, sign-in by WeChat, cashiers.
//
// The build writes in front of this: RELEASE; SCRIPT, the app's; PAGES, the addresses of all pages that are kept;
// SHELLS, pairs of a pattern for addresses with an id and the address of their page; FILES.
const NAME = 'dika-' + RELEASE;
// Under this key it notes the language of the last page that came from the server.
const LANGUAGE = '/kept/language';
// A network that takes longer than this for a page is as good as none.
const PATIENCE_MS = 3000;
// How long no page asks for anything before the next worker takes over.
const QUIET_MS = 2000;
const HASHED = '/assets/';

const keyOf = (language, path) => '/kept/' + language + path;

const language = async (cache) => {
  const noted = await cache.match(LANGUAGE);
  return noted ? noted.text() : '';
};

// The server answers pages in the reader's language, which it knows from the cookie or the browser.
const keepPages = async (cache) => {
  const pages = await Promise.all(PAGES.map(async (path) => {
    // The page as it was built: at its own address a student's comes with their data.
    const response = await fetch(path + '?shell', { priority: 'low' });
    const text = await response.clone().text();
    // In the middle of a deploy, a page of another release asks for files that are not here.
    if (!response.ok || response.redirected || !text.includes(SCRIPT)) throw new Error(path);
    return { path, response, language: /<html lang="([\w-]+)/.exec(text)[1] };
  }));
  for (const page of pages) await cache.put(keyOf(page.language, page.path), page.response);
  await cache.put(LANGUAGE, new Response(pages[0].language));
};

const keepFile = async (cache, path) => {
  // What has not changed since the last release is not fetched again.
  const before = path.startsWith(HASHED) && await caches.match(path);
  const response = before || await fetch(path, { priority: 'low', cache: path.startsWith(HASHED) ? 'default' : 'no-cache' });
  if (!response.ok) throw new Error(path);
  await cache.put(path, response);
};

addEventListener('install', (event) => event.waitUntil((async () => {
  // Where the browser knows how, calls of the API don't even wake the worker.
  const routes = { condition: { urlPattern: { pathname: '/api/*' } }, source: 'network' };
  if (event.addRoutes) await event.addRoutes(routes).catch(() => {});
  const cache = await caches.open(NAME);
  await Promise.all(FILES.map((path) => keepFile(cache, path)));
  await keepPages(cache);
})()));

// Only now, when no page of the last release is open any more.
addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith('dika-') && name !== NAME) await caches.delete(name);
  }
})()));

// The worker before this one says so, when the last page of its release is being left.
addEventListener('message', (event) => {
  if (event.data === 'take over') skipWaiting();
});

// The address at which the page for a path is kept; empty for what is no page of the app. Addresses with an id
// in them share one page, as on the server.
const pageOf = (path) => {
  const page = path.replace(/\/+$/, '') || '/';
  const shell = SHELLS.find(([pattern]) => pattern.test(page));
  return shell ? shell[1] : PAGES.includes(page) ? page : '';
};

let requests = 0;

// Lets the worker of the next release take over, if only one page is open. Chromium activates that worker as soon as
// this one is idle, but gives up when a request wakes this one at that moment: the next worker then waits on. So this
// waits until the page has everything that it asked for. A page that never stops asking is left for the next time.
const makeWay = async () => {
  for (let tries = 0; tries < 10; tries += 1) {
    const before = requests;
    await new Promise((done) => setTimeout(done, QUIET_MS));
    if (requests === before) {
      const pages = await clients.matchAll({ type: 'window' });
      if (registration.waiting && pages.length < 2) registration.waiting.postMessage('take over');
      return;
    }
  }
};

// After a page came from the server.
const notice = async (cache, response) => {
  const tag = response.headers.get('content-language');
  if (registration.waiting) await makeWay();
  else if (!response.ok || !tag || tag === await language(cache)) return;
  else if (await cache.match(keyOf(tag, PAGES[0]))) await cache.put(LANGUAGE, new Response(tag));
  else await keepPages(cache);
};

const answerPage = async (event, page) => {
  const fresh = fetch(event.request);
  const cache = await caches.open(NAME);
  event.waitUntil(fresh.then((response) => notice(cache, response)).catch(() => {}));
  const chosen = self.cookieStore && await cookieStore.get('dika_lang');
  const wanted = chosen ? chosen.value : await language(cache);
  const find = (tag) => cache.match(keyOf(tag, page), { ignoreVary: true });
  const wantedKept = await find(wanted);
  const kept = wantedKept || await find('zh-CN') || await find('en');
  if (!kept) return fresh;
  const answers = [fresh.then((response) => response.status < 500 ? response : kept, () => kept)];
  // Not for who loads a page again: they want the server's, perhaps in another language.
  if (wantedKept && event.request.cache === 'default') {
    answers.push(new Promise((done) => setTimeout(done, PATIENCE_MS, kept)));
  }
  return Promise.race(answers);
};

const answerFile = async (request, path) => {
  const kept = await caches.match(path, { cacheName: NAME, ignoreVary: true });
  return kept || fetch(request);
};

addEventListener('fetch', (event) => {
  requests += 1;
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    const page = pageOf(pathname);
    if (page) event.respondWith(answerPage(event, page));
  } else if (FILES.includes(pathname)) {
    event.respondWith(answerFile(request, pathname));
  }
});
