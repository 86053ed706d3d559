// What a page does beside being read: it sends what a person does to the API, shows it at once, and takes over what the
// server says of it. The server renders; here stands nothing of how a task looks but a row that waits to be sent.
//
// The files of this folder are served as one module, in the order in which src/assets.rs names them.

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

/** The answer is no: its problem document's `detail`. */
class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
  }
}

/** There is no answer, or none for now: what was asked may have been done or not, and can be asked again. */
class Unanswered extends Error {
  constructor(problem, wait) {
    super(problem?.detail ?? words.noAnswer);
    this.seconds = Number(wait) || 0;
  }
}

/** Too many requests; a gateway without a server; a server without its database. */
const NOT_NOW = [429, 502, 503, 504];

/** Asks the API for what it answers. Throws Unanswered or Refused. */
async function ask(method, url, { body, key, version } = {}) {
  const headers = { accept: 'application/json' };
  // Who this page is for: somebody else may have logged in meanwhile, in another tab.
  if (user) headers['spindle-user'] = user;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key) headers['idempotency-key'] = key;
  if (version) headers['if-match'] = `"${version}"`;
  const answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }).catch(() => null);
  if (answer?.status === 204) return null;
  const document = await answer?.json().catch(() => null);
  if (!answer || NOT_NOW.includes(answer.status) || (answer.ok && !document)) throw new Unanswered(document, answer?.headers.get('retry-after'));
  setConnected(true);
  if (answer.ok) return document;
  // The server shows what there is to see without this session.
  if (answer.status === 401 && user && document?.type !== '/problems/wrong-password') location.reload();
  throw new Refused(answer.status, document ?? {});
}

const asked = new WeakMap();

/** Asks for what an element stands for: if that was asked for and had no answer, by the same request as then. */
async function askOnce(element, method, url, { body, version } = {}) {
  const what = JSON.stringify([url, body]);
  const before = asked.get(element);
  const request = before?.what === what ? before : { what, version, key: newKey() };
  asked.set(element, request);
  try {
    const answer = await ask(method, url, { body, version: request.version, key: request.key });
    asked.delete(element);
    return answer;
  } catch (error) {
    if (!(error instanceof Unanswered)) asked.delete(element);
    throw error;
  }
}

/** Does something that isn't kept where there is no connection, and says what became of it. */
async function attempt(doing, said) {
  try {
    const answer = await doing();
    if (said) notify(said);
    return answer ?? true;
  } catch (error) {
    if (error instanceof Unanswered) refresh();
    notify(error.status === 412 ? words.changed : `${words.refused} ${error.message}`, { failed: true });
    return null;
  }
}

/** A function that does something one at a time, and once more if it was asked for meanwhile. */
function oneAtATime(doing) {
  let running = null;
  let isWanted = false;
  return () => {
    isWanted = true;
    running ??= (async () => {
      while (isWanted) {
        isWanted = false;
        await doing();
      }
    })().finally(() => { running = null; });
    return running;
  };
}

// --- Saying

/** How many lines that say what worked are seen at once. */
const MOST_NOTICES = 4;

/** A line at the page's foot. What failed stays until it is dismissed. */
function notify(text, { failed = false, undo, href } = {}) {
  const line = make('div', { className: failed ? 'notice failed' : 'notice' });
  line.append(href ? make('a', { href, textContent: text, dir: 'auto' }) : make('span', { textContent: text, dir: 'auto' }));
  if (undo) line.append(make('button', { textContent: words.undo, onclick: () => { line.remove(); undo(); } }));
  line.append(make('button', { className: 'dismiss', textContent: '×', ariaLabel: words.dismiss, onclick: () => line.remove() }));
  const all = find('#notices');
  all.append(line);
  for (const old of [...all.querySelectorAll('.notice:not(.failed)')].slice(0, -MOST_NOTICES)) old.remove();
  if (!failed) setTimeout(() => line.remove(), 8000);
}

/** Shows whether the server answers, and how much waits for it. */
function setConnected(isConnected) {
  const line = find('#offline');
  if (!line) return;
  const waiting = outbox.all().length;
  if (isConnected && !waiting) patience = 1000;
  line.hidden = isConnected;
  find('.waiting', line).hidden = waiting === 0;
  find('b', line).textContent = waiting;
}

let retrying;
let patience = 1000;

/** Nobody answers: says so, and tries again, ever later. */
function disconnected(seconds = 0) {
  setConnected(false);
  clearTimeout(retrying);
  retrying = setTimeout(() => { flush(); refresh(); }, Math.max(patience, 1000 * seconds));
  patience = Math.min(2 * patience, 60000);
}
