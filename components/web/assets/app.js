// What a page does beside being read: it sends what a person does to the API, shows it at once, and takes over what the
// server says of it. The server renders; here stands nothing of how a task looks but a row that waits to be sent.

const { words: texts, user, zone } = document.body.dataset;
const words = JSON.parse(texts);
const find = (selector, inside = document) => inside.querySelector(selector);
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
/** A new name for a request, so that it has its effect once however often it is sent. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (it) => it.toString(16).padStart(2, '0')).join('');

// --- Asking

/** What the server refuses: its problem document's `detail`. */
class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
  }
}

/** Asks the API. Throws a TypeError where nobody answers, and Refused where the answer is no. */
async function ask(method, url, { body, key, version } = {}) {
  const headers = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key) headers['idempotency-key'] = key;
  if (version) headers['if-match'] = `"${version}"`;
  const answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  setConnected(true);
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401 && user) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  throw new Refused(answer.status, problem);
}

/** Does something that isn't kept where there is no connection, and says what became of it. */
async function attempt(doing, said) {
  try {
    const answer = await doing();
    if (said) notify(said);
    return answer ?? true;
  } catch (error) {
    if (error instanceof TypeError) setConnected(false);
    notify(`${words.refused} ${error.message}`, { failed: true });
    return null;
  }
}

// --- Saying

/** A line at the page's foot. What failed stays until it is dismissed. */
function notify(text, { failed = false, undo, href } = {}) {
  const line = make('div', { className: failed ? 'notice failed' : 'notice' });
  line.append(href ? make('a', { href, textContent: text, dir: 'auto' }) : make('span', { textContent: text, dir: 'auto' }));
  if (undo) line.append(make('button', { textContent: words.undo, onclick: () => { line.remove(); undo(); } }));
  line.append(make('button', { className: 'dismiss', textContent: '×', ariaLabel: words.dismiss, onclick: () => line.remove() }));
  const all = find('#notices');
  all.append(line);
  while (all.children.length > 4) all.firstElementChild.remove();
  if (!failed) setTimeout(() => line.remove(), 8000);
}

function setConnected(isConnected) {
  const line = find('#offline');
  if (!line) return;
  const waiting = outbox.all().length;
  line.hidden = isConnected && navigator.onLine;
  find('.waiting', line).hidden = waiting === 0;
  find('b', line).textContent = waiting;
}

// --- Taking over what the server renders

// Text becomes elements here and nowhere else, and no script in it ever runs. Of scripts by their address there is one.
const policy = globalThis.trustedTypes?.createPolicy('spindle', { createHTML: (html) => html, createScriptURL: () => '/sw.js' });
const parse = (html) => new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, 'text/html');

let refreshing = null;
let isStale = false;

/** Asks for this page again, and takes over what differs. One at a time, and once more if something happened meanwhile. */
function refresh() {
  isStale = true;
  refreshing ??= (async () => {
    while (isStale) {
      isStale = false;
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' });
      setConnected(true);
      if (answer.redirected) return location.assign(answer.url);
      if (answer.ok || answer.status === 404) takeOver(parse(await answer.text()));
    }
  })().catch(() => setConnected(false)).finally(() => { refreshing = null; });
  return refreshing;
}

const liveIds = (page) => [...page.querySelectorAll('[data-live]')].map((it) => it.id).join();
const defaultOf = (field) => (field.options ? [...field.options].find((it) => it.defaultSelected) ?? field.options[0] : field).value;
const isChanged = (field) => (field.options ? field.value !== defaultOf(field) : 'defaultValue' in field && field.value !== field.defaultValue);
const isDirty = (form) => [...form.elements].some(isChanged);

function takeOver(page) {
  const form = find('form[data-form]');
  const keepsForm = form && isDirty(form);
  const keepFocus = focusKeeper();
  if (liveIds(page) !== liveIds(document)) {
    if (keepsForm) return;
    find('main').replaceWith(find('main', page));
    restoreWaiting();
  } else {
    for (const fresh of page.querySelectorAll('[data-live]')) {
      const old = document.getElementById(fresh.id);
      if (old === form && keepsForm) continue;
      if ('keyed' in fresh.dataset) takeOverChildren(old, fresh);
      else if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
    }
    // What If-Match is to name: the version that the form was made of.
    const [article, next] = [find('article[data-version]'), find('article[data-version]', page)];
    if (article && next && !keepsForm) Object.assign(article.dataset, { version: next.dataset.version, title: next.dataset.title });
  }
  keepFocus();
  scrollLog();
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

// --- What waits to be sent: kept across reloads, sent in order, each once

const outbox = {
  name: `spindle-outbox-${user}`,
  all: () => JSON.parse(localStorage.getItem(outbox.name) ?? '[]'),
  write(items) {
    if (items.length) localStorage.setItem(outbox.name, JSON.stringify(items));
    else localStorage.removeItem(outbox.name);
  },
  add: (item) => outbox.write([...outbox.all(), item]),
  update: (item) => outbox.write(outbox.all().map((it) => (it.key === item.key ? item : it))),
  remove: (item) => outbox.write(outbox.all().filter((it) => it.key !== item.key)),
};

/** Steps of a task: how they are asked for, and what takes them back. */
const steps = {
  complete: { method: 'POST', path: '/complete', undo: 'reopen' },
  reopen: { method: 'POST', path: '/reopen', undo: 'complete' },
  delete: { method: 'DELETE', path: '', undo: 'restore' },
  restore: { method: 'POST', path: '/restore', undo: 'delete' },
  purge: { method: 'DELETE', path: '?permanent=true' },
};

function change(item) {
  outbox.add({ key: newKey(), ...item });
  return flush();
}

let flushing = null;
let hasMore = false;
let again;
let patience = 1000;

/** Sends what waits, in its order: of several tabs, one. */
function flush() {
  hasMore = true;
  flushing ??= (async () => {
    while (hasMore) {
      hasMore = false;
      await (navigator.locks ? navigator.locks.request(outbox.name, sendAll) : sendAll());
    }
  })().finally(() => { flushing = null; });
  return flushing;
}

async function sendAll() {
  for (let item = outbox.all()[0]; item; [item] = outbox.all()) {
    try {
      const answer = await send(item);
      patience = 1000;
      outbox.remove(item);
      succeeded(item, answer);
    } catch (error) {
      if (error instanceof TypeError) {
        setConnected(false);
        if (!item.told) notify(`${words.kept} ${item.title}`);
        outbox.update({ ...outbox.all()[0], told: true });
        // One answer may get lost while the stream stays: nothing then tells that there is a connection.
        clearTimeout(again);
        if (navigator.onLine) again = setTimeout(flush, patience);
        patience = Math.min(2 * patience, 60000);
        return;
      }
      if (error.status === 401) return;
      outbox.remove(item);
      // What was deleted before an answer got lost is gone, as it should be.
      if (error.status === 404 && item.told && steps[item.kind]?.method === 'DELETE') succeeded(item);
      else failed(item, error);
    }
    setConnected(true);
    await refresh();
  }
}

async function send(item) {
  if (item.kind !== 'add') {
    const { method, path } = steps[item.kind];
    return ask(method, `/api/tasks/${item.task}${path}`, { key: item.key });
  }
  if (!item.tasks) {
    // Kept before it is sent: a second time it has to say the same.
    item.tasks = (await understand(item.text, item.ignore)).tasks.map((it) => it.task);
    outbox.update(item);
  }
  let first;
  for (const [index, body] of item.tasks.entries()) {
    const task = await ask('POST', '/api/tasks', { key: `${item.key}-${index}`, body });
    first ??= task;
  }
  return first;
}

/** The rows that show it no longer wait; the page that is asked for next says what they are. */
function settle(item) {
  for (const row of document.querySelectorAll(`[data-pending="${item.key}"]`)) delete row.dataset.pending;
  for (const row of document.querySelectorAll(`[data-task="${item.task}"][data-pending]`)) delete row.dataset.pending;
}

function succeeded(item, answer) {
  settle(item);
  const { undo } = steps[item.kind] ?? {};
  const taskBack = undo && (() => change({ kind: undo, task: item.task, title: item.title }));
  if (item.kind === 'add') notify(`${words.add} ${answer.title}`, { href: `/tasks/${answer.id}` });
  else notify(`${words[item.kind]} ${item.title}`, { undo: taskBack });
}

function failed(item, error) {
  settle(item);
  const input = find('#quick-add input');
  if (item.kind === 'add' && input && !input.value) input.value = item.text;
  for (const check of document.querySelectorAll(`[data-task="${item.task}"] .check`)) {
    check.ariaChecked = String(check.dataset.do === 'reopen');
  }
  notify(`${words.refused} ${item.title}: ${error.message}`, { failed: true });
}

/** Rows of tasks that aren't on the server yet. */
function showWaiting(item) {
  const list = find('#tasks');
  if (!list || !find('#quick-add')) return;
  const row = make('li', { className: 'task' }, make('span', { className: 'check', ariaHidden: 'true' }), make('span', { className: 'title body', textContent: item.title, dir: 'auto' }));
  Object.assign(row.dataset, { key: `waiting-${item.key}`, pending: item.key });
  list.prepend(row);
}

function restoreWaiting() {
  for (const item of outbox.all()) if (item.kind === 'add') showWaiting(item);
  setConnected(navigator.onLine);
}

// --- Hearing of changes: one stream for all tabs of a browser

const heardOf = ['created', 'updated', 'completed', 'reopened', 'deleted', 'purged'].map((it) => `task.${it}`)
  .concat(['scheduled', 'due', 'sent', 'failed', 'cancelled', 'snoozed'].map((it) => `reminder.${it}`))
  .concat(['user.updated', 'token.created', 'token.revoked', 'webhook.created', 'webhook.updated', 'webhook.deleted', 'webhook.deactivated', 'conversation.deleted']);

function listen() {
  const others = new BroadcastChannel(`spindle-${user}`);
  const heard = (what) => {
    if (what === 'open') flush();
    if (document.visibilityState === 'visible') refresh();
    else isStale = true;
  };
  others.onmessage = ({ data }) => heard(data);
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible' && isStale) refresh(); });
  const tell = (what) => { heard(what); others.postMessage(what); };
  const hold = () => new Promise(() => {
    let source;
    const open = () => {
      source?.close();
      source = new EventSource('/api/changes?cursor=now');
      // What happened while nobody listened is on the page that is asked for now.
      source.onopen = () => tell('open');
      source.onerror = () => {
        setConnected(false);
        // Refused, and not tried again by itself.
        if (source.readyState === EventSource.CLOSED) setTimeout(open, 5000);
      };
      for (const type of heardOf) source.addEventListener(type, () => tell('change'));
    };
    open();
    addEventListener('online', open);
    addEventListener('pageshow', (event) => { if (event.persisted) open(); });
  });
  // The tab that has the lock listens for all of them; when it goes, another has it.
  if (navigator.locks) navigator.locks.request(`spindle-live-${user}`, hold);
  else hold();
  addEventListener('online', () => { setConnected(true); flush(); });
  addEventListener('offline', () => setConnected(false));
}

// --- Quick add

/** What a sentence would become: `/api/parse`. */
const understand = (text, ignore = []) => ask('POST', '/api/parse', { body: { text, ignore } });

/** A chip says the words and, of dates, what they mean. */
function chip(piece, task) {
  const meaning = piece.part === 'due' && task.due_date ? dateText(task.due_date) : '';
  const item = make('li', { dir: 'auto' }, make('span', { textContent: piece.text }));
  item.dataset.part = piece.part;
  if (meaning) item.append(make('small', { textContent: ` ${meaning}` }));
  return item;
}

function dateText(due) {
  const isDay = due.length === 10;
  const options = { weekday: 'short', day: 'numeric', month: 'short', timeZone: isDay ? 'UTC' : zone };
  if (!isDay) Object.assign(options, { hour: 'numeric', minute: '2-digit' });
  return new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date(due));
}

function quickAdd(form) {
  const input = form.elements.text;
  const chips = find('#understood');
  let ignore = [];
  let draft = null;
  let timer;
  // Words that were kept as text stay so, as long as they stand where they stood.
  const ignored = () => ignore.filter((it) => input.value.slice(it.start, it.end) === it.text).map((it) => [it.start, it.end]);
  const preview = async () => {
    const text = input.value;
    if (!text.trim()) return chips.replaceChildren();
    try {
      const answer = await understand(text, ignored());
      if (input.value !== text) return;
      draft = { text, tasks: answer.tasks.map((it) => it.task) };
      chips.replaceChildren(...answer.tasks.flatMap(({ task, pieces }) => {
        const title = make('li', { textContent: task.title, dir: 'auto' });
        title.dataset.part = 'title';
        return [title, ...pieces.map((piece) => {
          const item = chip(piece, task);
          item.append(make('button', {
            type: 'button',
            className: 'dismiss',
            textContent: '×',
            ariaLabel: `${words.keepAsText}: ${piece.text}`,
            onclick: () => { ignore.push(piece); draft = null; input.focus(); preview(); },
          }));
          return item;
        })];
      }));
    } catch {
      // Without a preview it is understood when it is sent.
      chips.replaceChildren();
    }
  };
  input.addEventListener('input', () => { clearTimeout(timer); draft = null; timer = setTimeout(preview, 120); });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    const tasks = draft?.text === input.value ? draft.tasks : null;
    const item = { key: newKey(), kind: 'add', title: tasks?.[0]?.title ?? text, text: input.value, ignore: ignored(), tasks };
    clearTimeout(timer);
    [ignore, draft, input.value] = [[], null, ''];
    chips.replaceChildren();
    showWaiting(item);
    change(item);
  });
}

// --- Steps by buttons

document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-do]');
  if (!button) return;
  const kind = button.dataset.do;
  const row = button.closest('[data-task]');
  const task = row?.dataset.task;
  if (steps[kind]) {
    if (kind === 'purge' && !confirm(words.reallyPurge)) return;
    if (row.matches('li')) row.dataset.pending = 'step';
    if (button.matches('.check')) button.ariaChecked = String(kind === 'complete');
    await change({ kind, task, title: row.dataset.title });
    if (kind === 'delete' && row.matches('article') && !outbox.all().length) location.assign('/today');
    return;
  }
  button.disabled = true;
  const { url } = button.dataset;
  const once = { key: newKey() };
  const done = await ({
    undo: () => attempt(() => ask('POST', `/api/tasks/${task}/undo`, once), words.undone),
    skip: () => attempt(() => ask('POST', `/api/tasks/${task}/skip`, once), words.saved),
    snooze: () => attempt(() => ask('POST', url, { ...once, body: { for: '10m' } }), words.saved),
    cancel: () => attempt(() => ask('DELETE', url)),
    remove: () => attempt(() => ask('DELETE', url)),
    forget: () => attempt(() => ask('DELETE', url)),
  })[kind]();
  button.disabled = false;
  if (done) await refresh();
});

// --- Forms

/** A form's fields, as the API has them; a list of boxes is a list. */
function fieldsOf(form) {
  const fields = {};
  for (const it of form.elements) {
    if (!it.name || it.disabled) continue;
    if (it.type !== 'checkbox') fields[it.name] = it.value;
    else if (it.hasAttribute('value')) fields[it.name] = [...(fields[it.name] ?? []), ...(it.checked ? [it.value] : [])];
    else fields[it.name] = it.checked;
  }
  return fields;
}

/** An instant, of a day and a time on the user's wall. */
function instant(day, time) {
  const wall = Date.parse(`${day}T${time}:00Z`);
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  const offset = (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - at;
  };
  // The offset of the guess, which is another one where the clock is changed in between.
  return new Date(wall - offset(wall - offset(wall))).toISOString();
}

/** How a task comes back: a pattern, RFC 5545's rule, or words such as "every monday". */
async function rule(text) {
  if (!text) return null;
  if (/^(daily|weekly|monthly|yearly)$/i.test(text)) return { pattern: text.toLowerCase() };
  if (/^(RRULE:)?FREQ=/i.test(text)) return { rrule: text };
  const [first] = (await understand(`task ${text}`)).tasks;
  if (!first?.task.recurrence_rule) throw new Error(`${words.rule} ${text}`);
  return first.task.recurrence_rule;
}

async function saveTask(form) {
  const { title, description, day, time, priority, tags, repeat, scope } = form.elements;
  const body = {};
  if (isChanged(title)) body.title = title.value;
  if (isChanged(description)) body.description = description.value || null;
  if (isChanged(day) || isChanged(time)) body.due_date = !day.value ? null : time.value ? instant(day.value, time.value) : day.value;
  if (isChanged(priority)) body.priority = priority.value;
  if (isChanged(tags)) body.tags = tags.value.split(/[,،]/).map((it) => it.trim()).filter(Boolean);
  if (isChanged(repeat)) body.recurrence_rule = await rule(repeat.value.trim());
  const { task, version } = form.closest('article').dataset;
  const query = scope?.value ? `?scope=${scope.value}` : '';
  return ask('PATCH', `/api/tasks/${task}${query}`, { body, version, key: newKey() });
}

const forms = {
  task: async (form) => {
    try {
      const saved = await saveTask(form);
      Object.assign(form.closest('article').dataset, { version: saved.version });
      // What was typed is what there is now, until the server's page is here.
      for (const field of form.elements) {
        if (field.options) for (const option of field.options) option.defaultSelected = option.selected;
        else if ('defaultValue' in field) field.defaultValue = field.value;
      }
      notify(words.saved);
      await refresh();
    } catch (error) {
      if (error instanceof TypeError) setConnected(false);
      notify(error.status === 412 ? words.changed : `${words.refused} ${error.message}`, { failed: true });
    }
  },
  remind: async (form) => {
    const { delivery_method, lead_time, destination } = fieldsOf(form);
    const body = { task_id: form.closest('article').dataset.task, delivery_method, lead_time };
    if (destination) body.destination = destination;
    if (await attempt(() => ask('POST', '/api/reminders', { body, key: newKey() }), words.saved)) {
      form.reset();
      await refresh();
    }
  },
  say: async (form) => {
    const input = form.elements.text;
    const text = input.value.trim();
    if (!text) return;
    const key = newKey();
    const said = make('p', { textContent: text, dir: 'auto' });
    Object.assign(said.dataset, { key, role: 'user', pending: key });
    find('#log .none')?.remove();
    find('#log').append(said);
    scrollLog();
    input.value = '';
    const body = { user_input: text, conversation_id: form.dataset.conversation, timezone: zone };
    const answer = await attempt(() => ask('POST', '/chat/command', { body, key }));
    delete said.dataset.pending;
    if (!answer) {
      said.remove();
      input.value ||= text;
    }
    await refresh();
  },
  entry: async (form) => {
    const { email, password } = fieldsOf(form);
    const button = find('button', form);
    button.disabled = true;
    try {
      if ('new' in form.dataset) {
        const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
        await ask('POST', '/auth/register', { body: { email, password, timezone: timeZone, language: document.documentElement.lang } });
      }
      await ask('POST', '/auth/session', { body: { email, password } });
      location.assign(form.dataset.next);
    } catch (error) {
      notify(`${words.refused} ${error.message}`, { failed: true });
      button.disabled = false;
    }
  },
};

/** A form that is one request: `data-send="POST /auth/tokens"`. */
async function sendForm(form) {
  const [method, url] = form.dataset.send.split(' ');
  const answer = await attempt(() => ask(method, url, { body: fieldsOf(form) }), words.saved);
  if (!answer) return;
  const { secret } = form.dataset;
  if (secret) {
    const line = make('output', { className: 'secret' }, `${words.secret} `, make('code', { textContent: answer[secret] }));
    find('.secret', form)?.remove();
    form.append(line);
  }
  if ('reload' in form.dataset) return location.reload();
  for (const input of form.querySelectorAll('input:not([type=checkbox])')) input.value = '';
  await refresh();
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  const handle = forms[form.id] ?? (form.dataset.send && sendForm);
  if (!handle) return;
  event.preventDefault();
  await handle(form);
});

addEventListener('beforeunload', (event) => {
  const form = find('form[data-form]');
  if (form && isDirty(form)) event.preventDefault();
});

function scrollLog() {
  const log = find('#log');
  if (log) log.scrollTop = log.scrollHeight;
}

// --- Notifications and log-out

async function pushTo(registration, button) {
  const { public_key: key } = await ask('GET', '/api/push-subscriptions');
  if (!key) {
    find('#no-push').hidden = false;
    button.hidden = true;
    return;
  }
  button.disabled = false;
  button.addEventListener('click', () => attempt(async () => {
    if (await Notification.requestPermission() !== 'granted') throw new Error(words.pushDenied);
    const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    return ask('POST', '/api/push-subscriptions', { body: subscription.toJSON() });
  }, words.pushOn));
}

/** Who logs out isn't told of anything here any more, and leaves nothing behind. */
async function logOut() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  if (subscription) {
    const { items } = await ask('GET', '/api/push-subscriptions');
    const own = items.find((it) => it.endpoint === subscription.endpoint);
    if (own) await ask('DELETE', `/api/push-subscriptions/${own.id}`);
    await subscription.unsubscribe();
  }
  await ask('DELETE', '/auth/session');
  outbox.write([]);
  location.assign('/login');
}

// --- Begin

if (user) {
  restoreWaiting();
  flush();
  listen();
  scrollLog();
  const form = find('#quick-add');
  if (form) quickAdd(form);
  find('#log-out')?.addEventListener('click', () => attempt(logOut));
  // Where a page isn't secure, there are no workers.
  navigator.serviceWorker?.register(policy ? policy.createScriptURL('') : '/sw.js').then((registration) => {
    const button = find('#push');
    return button && pushTo(registration, button);
  }).catch(() => {});
}
