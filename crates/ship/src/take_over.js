// How the app comes to its page: it takes over the prerendered nodes where they are as they came, and else draws
// the page anew from nothing. Nothing that was typed is lost.

// crates/site/src/nodes.rs computes the same.
const sumOf = (text) => {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) | 0;
  return sum;
};

// The names of the nodes of a page, in their order.
const names = (root) => {
  const walker = document.createTreeWalker(root);
  let all = '';
  do all += walker.currentNode.nodeName.toLowerCase() + ' ';
  while (walker.nextNode());
  return all;
};

// All that is read and all that is said for machines below a node. Left out: blanks, and what a tap changes before
// the app is there.
const told = (root) => root.textContent.replace(/\s/g, '') + [...root.querySelectorAll('*')].map(({ localName, attributes }) =>
  localName + [...attributes].map(({ name, value }) => name + '=' + value).filter((it) => !/^(aria-busy|aria-current|hidden|open)=/.test(it)).sort()).join();

const differs = () => {
  console.error('Not as the app draws it: drawn anew');
  return false;
};

const isChoice = ({ type }) => type === 'radio' || type === 'checkbox';
const fields = () => [...document.querySelectorAll('input, select, textarea')].filter(({ name }) => name);

// Provides what the app (src/platform) and public/rescue.js call; `script` is this script's address.
export const arm = (script) => {
  // What the page brought along, for its first drawing alone: what is read later is asked for.
  const carried = document.getElementById('seeds');
  let seeds = carried ? JSON.parse(carried.textContent) : {};
  // Whether the page's nodes are those that came.
  const isAsItCame = () => {
    const notice = document.getElementById('rescue');
    return notice && document.getElementsByClassName('app').length === 1 && String(sumOf(names(document.body.firstChild))) === notice.dataset.nodes;
  };
  // What the app leaves as it came (src/pages/home) must be what the server drew.
  let content;
  const isWhole = () => {
    const page = document.querySelector('.page');
    if (!isAsItCame()) return false;
    const words = told(page);
    content = names(page) + words;
    return sumOf(words) === seeds.whole || differs();
  };
  window.dikaSeed = (name) => {
    if (name === 'whole' && name in seeds && !isWhole()) delete seeds.whole;
    return JSON.stringify(seeds[name]);
  };
  // Nothing of it outlives that: another student may be next on this page. But where the app leaves the page as it came,
  // its data are kept until the app draws it, and on the device for a visit without a network (src/pages/home/kept.rs).
  let kept;
  addEventListener('dika:hydrated', () => {
    if ('whole' in seeds) {
      kept = { ...seeds, again: true };
      delete kept.whole;
      const { '/session': { user }, time, '/cards': cards, '/top-ups?open=true': open } = seeds;
      try {
        localStorage.setItem('dika.home', JSON.stringify({ user: user.id, at: Math.floor(time / 1000), cards, open }));
      } catch {}
    }
    seeds = {};
    if (carried) carried.remove();
  }, { once: true });
  window.dikaRecall = () => {
    seeds = kept || {};
    return kept;
  };
  window.dikaForget = () => {
    seeds = {};
    kept = null;
  };

  // The page before: its nodes, its fields and where it was.
  let before;
  let anew = false;

  // Whether the app can take over the page's nodes. Browsers, extensions and translators add some, and remove
  // some, and the app ends at a node that it does not expect. Where they did, or where `again` asks for it, the
  // page is empty afterwards.
  window.dikaTakeOver = (again) => {
    if (!anew && !again && isAsItCame()) return true;
    delete seeds.whole;
    const { body } = document;
    // Where it is shown, it stands behind the body.
    const notice = body.querySelector('#rescue');
    // An instance that ended while it drew has left nothing new.
    before ||= { nodes: [...body.childNodes], fields: fields(), focused: document.activeElement, top: scrollY };
    // Whatever else stands there. What public/rescue.js shows comes with the page.
    body.textContent = '';
    if (notice) body.append(notice);
    return false;
  };

  // Whether the page that came, or its content, says what the app has drawn into the element `aside`.
  window.dikaAgrees = (aside) => {
    const drawn = aside.firstChild;
    const isContent = drawn.className === 'page';
    const place = document.querySelector(isContent ? '.page' : '.app');
    // Others have changed it since: a translator, an extension.
    if (isContent && (!place || names(place) + told(place) !== content)) return false;
    const came = place.cloneNode(true);
    if ('whole' in seeds) came.querySelector('.page').remove();
    return told(came) === told(drawn) || differs();
  };

  // What was typed and tapped before the app was there, as public/boot.js kept it.
  addEventListener('dika:early', ({ detail: { tapped, rank } }) => {
    // What stands in the fields becomes known to the app as if typed now.
    for (const field of document.querySelectorAll('input, select, textarea')) {
      const isKept = isChoice(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
      if (!isKept && field.localName !== 'select') continue;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.dispatchEvent(new Event('change', { bubbles: true }));
    }
    if (!tapped) return;
    // Where the page was drawn anew, the same control of the new page.
    const control = document.contains(tapped) ? tapped : document.querySelectorAll(`[data-action="${tapped.dataset.action}"]`)[rank];
    if (!control) return;
    control.removeAttribute('aria-busy');
    control.click();
  });

  // Gives the new page what stood in the old one; the app learns of it as of what is typed early.
  window.dikaGiveBack = () => {
    if (!before) return;
    for (const field of fields()) {
      const old = before.fields.find(({ name, value }) => name === field.name && (!isChoice(field) || value === field.value));
      if (!old) continue;
      if (isChoice(field)) field.checked = old.checked;
      else field.value = old.value;
      if (old === before.focused) field.focus();
    }
    scrollTo(0, before.top);
    before = null;
  };

  // The app ended: nothing of this instance runs any more. Where it was not ready yet, a fresh one begins, which
  // draws the page from nothing: an address with another fragment is another module from the same file. Says
  // whether there is hope.
  let isLoading = false;
  // There is none: the page that came can be read at least.
  const putBack = () => {
    if (before) {
      document.body.textContent = '';
      document.body.append(...before.nodes);
    }
    return false;
  };
  window.dikaAgain = (wasReady) => {
    // The end of one instance is told in several ways.
    if (isLoading) return true;
    // Not before it has said all.
    queueMicrotask(window.dikaEnd);
    if (wasReady) return false;
    if (anew) return putBack();
    anew = isLoading = true;
    import(script + '#anew').then(() => { isLoading = false; }, () => {
      putBack();
      // public/rescue.js listens.
      dispatchEvent(new CustomEvent('dika:failed'));
    });
    return true;
  };
};
