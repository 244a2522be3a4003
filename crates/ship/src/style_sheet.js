// Has the browser keep the pages' styles and scripts as files, and says so in a cookie: the server then sends a student's
// pages with addresses in place of them, which are most of their bytes (docs/decisions/0013-style-from-the-cache.md).

// Phones clear their caches; after this time the file may be gone.
const HOUR_S = 3600;
// Of a browser that did not keep it.
const NOT_KEPT = '0';

const note = (name) => {
  document.cookie = `dika_style=${name}; path=/; max-age=${HOUR_S}; samesite=lax`;
};

// The last of the page's styles or the link in place of them.
const found = document.querySelector('[data-sheet]');
const isLink = found && found.localName === 'link';

// The first of the scripts did not come: back with all of it in the page.
if (isLink && !window.dikaEntry) {
  note(NOT_KEPT);
  location.reload();
}

// Whether the page has them. Engines differ in what the link of a file that did not come says.
const isDressed = () => getComputedStyle(document.documentElement).getPropertyValue('--bg');

const come = (link) => new Promise((done, fail) => {
  if (link === found && !isDressed()) {
    // Scripts have waited for it. Once more, and then a page that is loaded again comes with its styles.
    const again = link.cloneNode();
    again.onload = done;
    again.onerror = () => {
      note(NOT_KEPT);
      fail(new Error(`${link.href} did not come`));
    };
    document.head.append(again);
  } else if (link.sheet) done();
  else link.onload = link.onerror = done;
});

// Resolves once the page has all its styles: a page for everybody brings some of them with the app. Fails where a
// student's page stays without any: it can't be told from a broken one.
export const dressed = Promise.all([...document.querySelectorAll('link[rel=stylesheet]')].map(come));

// After the app, for a student alone: others' pages come with the styles that they need, from any cache.
export const keepStyle = () => addEventListener('dika:hydrated', async () => {
  if (!found || !document.documentElement.hasAttribute('data-seeded')) return;
  const address = isLink ? found.href : found.dataset.sheet;
  const name = address.split('/').pop();
  if (isLink) {
    // A browser that fetched them again would wait for them on each page.
    const files = [address, ...[...document.querySelectorAll('[data-kept]')].map(({ src }) => src)];
    const cameFromCache = files.flatMap((file) => performance.getEntriesByName(file)).every((it) => it.workerStart || !it.transferSize);
    note(isDressed() && cameFromCache ? name : NOT_KEPT);
  } else if (!document.cookie.includes(`dika_style=${NOT_KEPT}`)) {
    try {
      const files = [address, ...[...document.querySelectorAll('[data-file]')].map(({ dataset }) => dataset.file)];
      const answers = await Promise.all(files.map(async (file) => {
        const answer = await fetch(file, { priority: 'low' });
        await answer.text();
        return answer;
      }));
      if (answers.every(({ ok }) => ok)) note(name);
    } catch {
      // Next time.
    }
  }
}, { once: true });
