// --- Taking over what the server renders

// Text becomes elements here and nowhere else, and no script in it ever runs. Of scripts by their address there is one.
const policy = globalThis.trustedTypes?.createPolicy('spindle', { createHTML: (html) => html, createScriptURL: () => '/sw.js' });
const parse = (html) => new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, 'text/html');

/** Asks for this page again, and takes over what differs. */
const refresh = oneAtATime(async () => {
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' });
    if (NOT_NOW.includes(answer.status)) throw new Unanswered(null, answer.headers.get('retry-after'));
    setConnected(true);
    // To where those go who aren't logged in any more.
    if (answer.redirected) location.assign(answer.url);
    else if (answer.ok || answer.status === 404) takeOver(parse(await answer.text()));
  } catch (error) {
    disconnected(error.seconds);
  }
});

const liveIds = (page) => [...page.querySelectorAll('[data-live]')].map((it) => it.id).join();
// A line has no line breaks, whatever the attribute has.
const defaultOf = (field) => (field.options ? ([...field.options].find((it) => it.defaultSelected) ?? field.options[0]).value
  : field.matches('input') ? field.defaultValue.replace(/[\r\n]/g, '') : field.defaultValue);
const fieldsIn = (form) => [...form.elements].filter((it) => it.matches('input, select, textarea'));
const isChanged = (field) => field.value !== defaultOf(field);
const isDirty = (form) => fieldsIn(form).some(isChanged);

function takeOver(page) {
  const { user: who, zone: where, words: said } = page.body.dataset;
  // Somebody else has logged in in this browser, or has chosen another language or time zone.
  if (who !== user || where !== zone || said !== texts) return location.reload();
  settle();
  const form = find('form[data-form]');
  const keepsForm = form && isDirty(form);
  const keepFocus = focusKeeper();
  if (liveIds(page) !== liveIds(document)) {
    if (keepsForm) return;
    find('main').replaceWith(find('main', page));
    restoreWaiting();
    attach();
  } else {
    for (const fresh of page.querySelectorAll('[data-live]')) {
      const old = document.getElementById(fresh.id);
      if (old === form && keepsForm) mergeForm(form, fresh);
      else if ('keyed' in fresh.dataset) takeOverChildren(old, fresh);
      else if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
    }
    const [article, next] = [find('article[data-version]'), find('article[data-version]', page)];
    if (article && next) Object.assign(article.dataset, next.dataset);
  }
  keepFocus();
  scrollLog();
}

/** Fields that nobody has touched show what is new. Where it is one that was touched, the form stays one of before: If-Match tells. */
function mergeForm(form, fresh) {
  let isBehind = false;
  for (const field of fieldsIn(form)) {
    const other = fresh.elements[field.name];
    if (!other) continue;
    if (isChanged(field)) isBehind ||= defaultOf(field) !== defaultOf(other);
    else if (defaultOf(field) !== defaultOf(other)) field.replaceWith(other);
  }
  if (!isBehind) form.dataset.version = fresh.dataset.version;
}

/** Those that are the same stay; those that wait to be sent stay as they are. */
function takeOverChildren(old, fresh) {
  const known = new Map([...old.children].map((it) => [it.dataset.key, it]));
  let place = old.firstElementChild;
  for (const child of [...fresh.children]) {
    const before = known.get(child.dataset.key);
    known.delete(child.dataset.key);
    const stays = before && ('pending' in before.dataset || before.isEqualNode(child));
    const node = stays ? before : child;
    if (before && !stays) {
      before.replaceWith(node);
      if (place === before) place = node;
    }
    if (place === node) place = node.nextElementSibling;
    else old.insertBefore(node, place);
  }
  for (const gone of known.values()) if (!('pending' in gone.dataset)) gone.remove();
}

/** Whoever works with the keyboard stays where they were, or at what has taken its place. */
function focusKeeper() {
  const at = document.activeElement;
  if (!at || at === document.body) return () => {};
  const row = at.closest('[data-key]');
  const key = row?.dataset.key;
  const index = row ? [...row.parentElement.children].indexOf(row) : -1;
  const list = row?.parentElement.id;
  const same = (it) => (at.dataset.do ? 'do' in it.dataset && it.className === at.className : at.name ? it.name === at.name : it.getAttribute('href') === at.getAttribute('href'));
  return () => {
    if (document.contains(at)) return;
    const within = key ? find(`[data-key="${CSS.escape(key)}"]`) ?? document.getElementById(list)?.children[index] ?? document.getElementById(list)?.lastElementChild : document;
    const again = within && ((at.id && document.getElementById(at.id)) || [...within.querySelectorAll('a, button, input, select, textarea')].find(same));
    (again ?? find('#quick-add input') ?? find('main')).focus({ preventScroll: true });
  };
}
