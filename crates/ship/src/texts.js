// Keeps what stands on the screen true where something outside of the app rewrites it.
//
// The app writes to the text nodes that it made. Translators (of browsers, of extensions, of WeChat) put nodes of
// their own in place of those, and what the app writes from then on goes nowhere. Here each such text node is put
// back, empty, beside the words that stand in for it: the app still finds its place by it. As soon as the app
// writes to it or takes it away, the stand-in goes, and the app's own words are seen; the translator, which watches
// too, translates them anew. Where a translator leaves nothing to put back, the page is drawn anew ('dika:lost').

// A text of the app's → what stands in for it: { texts: [[text, its words]], stands: [nodes] }.
const groups = new WeakMap();
// A node that stands in → the same.
const owners = new WeakMap();
// A text → when the app wrote to it last, in ms.
const written = new WeakMap();
// Elements whose content was put back once.
const restored = new WeakSet();
// A translation that comes this soon after the app wrote may be one of the words before.
const LATE_MS = 3000;
// Not more often than this, whatever fights over the page.
const PACE_MS = 2000;

const isText = (node) => node.nodeType === 3;
const isOut = (node) => !node.isConnected;

// The app's own words again.
const end = (group, but) => {
  for (const [text, words] of group.texts) {
    groups.delete(text);
    if (text !== but) text.data = words;
  }
  for (const node of group.stands) node.remove();
};

// Puts what was taken out back before its stand-in.
const pair = (nodes, stands) => {
  const texts = nodes.filter(isText);
  stands[0].before(...nodes);
  const group = { texts: texts.map((text) => [text, text.data]), stands };
  const late = texts.filter((text) => Date.now() - written.get(text) < LATE_MS);
  if (late.length) {
    for (const text of late) written.delete(text);
    return end(group);
  }
  for (const text of texts) {
    groups.set(text, group);
    text.data = '';
  }
  for (const node of stands) owners.set(node, group);
};

const replaced = (record) => {
  let out = [...record.removedNodes].filter(isOut);
  const put = [...record.addedNodes].filter((node) => node.isConnected && !owners.has(node));
  const beside = [...put, record.previousSibling, record.nextSibling]
    .find((node) => node && node.localName === 'font' && node.isConnected && !owners.has(node));
  out = out.filter((node) => {
    if (groups.has(node)) {
      // Taken away by the app; or translated once more, and then it is to be put back.
      const [, words] = groups.get(node).texts.find(([text]) => text === node);
      end(groups.get(node), node);
      node.data ||= words;
    }
    const group = owners.get(node);
    if (!group) return true;
    if (beside) {
      // Another stand-in in its place.
      owners.set(beside, group);
      group.stands = [beside];
    } else end(group);
    return false;
  });
  if (!out.length) return;
  // The app takes out and puts in at one stroke where it changes a drawing, and there alone.
  if (put.some((node) => node.localName === 'svg')) return;
  if (put.length && out.every((node) => isText(node) || node.nodeType === 8)) return pair(out, put);
  if (put.length && out.some((node) => node.nodeType === 8) && !restored.has(record.target)) {
    restored.add(record.target);
    put[0].before(...out);
    for (const node of put) node.remove();
    return;
  }
  const texts = out.filter((node) => isText(node) && node.data.trim());
  if (texts.length === 1 && beside) pair(texts, [beside]);
  // The app does not write to what it has taken out itself.
  else for (const text of texts) lost.observe(text, { characterData: true });
};

// When the app was told last, and whether it is going to be.
let told = 0;
let isTold = false;
const lost = new MutationObserver((records) => {
  if (isTold || !records.some((record) => isOut(record.target))) return;
  isTold = true;
  setTimeout(() => {
    isTold = false;
    told = Date.now();
    dispatchEvent(new Event('dika:lost'));
  }, told + PACE_MS - Date.now());
});

// Begins to watch; once for the page.
export const watchTexts = () => {
  const watch = new MutationObserver((records) => {
    for (const record of records) {
      const { target } = record;
      if (record.type === 'childList') replaced(record);
      else {
        if (groups.has(target)) end(groups.get(target), target);
        written.set(target, Date.now());
      }
    }
    // Of what was done here.
    watch.takeRecords();
  });
  watch.observe(document, { subtree: true, childList: true, characterData: true });
};
