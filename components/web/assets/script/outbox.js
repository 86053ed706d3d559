// --- What waits to be sent: kept across reloads, sent in order, each once

/** One entry of the browser's storage for each, whose name tells whose it is and its place: tabs don't overwrite each other's. */
const outbox = {
  prefix: `spindle-outbox-${user}-`,
  nameOf: ({ at, key }) => `${outbox.prefix}${String(at).padStart(14, '0')}-${key}`,
  all: () => Object.keys(localStorage).filter((name) => name.startsWith(outbox.prefix)).sort().flatMap((name) => JSON.parse(localStorage.getItem(name)) ?? []),
  /** Notes when it was done, in milliseconds since 1970, and after all that waits. */
  add(item) {
    const kept = { ...item, at: Math.max(Date.now(), (outbox.all().at(-1)?.at ?? 0) + 1) };
    localStorage.setItem(outbox.nameOf(kept), JSON.stringify(kept));
  },
  update(item) { if (localStorage.getItem(outbox.nameOf(item))) localStorage.setItem(outbox.nameOf(item), JSON.stringify(item)); },
  remove: (item) => localStorage.removeItem(outbox.nameOf(item)),
};

/** Steps of a task: how they are asked for, and what takes them back. */
const steps = {
  complete: { method: 'POST', path: '/complete', undo: 'reopen' },
  reopen: { method: 'POST', path: '/reopen', undo: 'complete' },
  delete: { method: 'DELETE', path: '', undo: 'restore' },
  restore: { method: 'POST', path: '/restore', undo: 'delete' },
  purge: { method: 'DELETE', path: '?permanent=true' },
};

/** Keeps what was done, and sends it. */
function change(item) {
  try {
    outbox.add(item);
  } catch (error) {
    // There is no room.
    failed(item, error);
    settle();
    return refresh();
  }
  return flush();
}

/** Sends what waits, in its order: of several tabs, one. */
const flush = oneAtATime(() => (navigator.locks ? navigator.locks.request(outbox.prefix, sendAll) : sendAll()));

async function sendAll() {
  for (let [item] = outbox.all(); item; [item] = outbox.all()) {
    try {
      const answer = await send(item);
      patience = 1000;
      outbox.remove(item);
      succeeded(item, answer);
    } catch (error) {
      if (error instanceof Unanswered) {
        if (!item.told) notify(`${words.kept} ${item.title}`);
        outbox.update({ ...item, told: true });
        return disconnected(error.seconds);
      }
      if (error.status === 401) return;
      outbox.remove(item);
      // What was deleted before an answer got lost is gone, as it should be.
      if (error.status === 404 && item.told && steps[item.kind]?.method === 'DELETE') succeeded(item);
      else failed(item, error);
    }
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
    item.tasks = (await understand(item)).tasks.map((it) => it.task);
    outbox.update(item);
  }
  let first;
  for (const [index, body] of item.tasks.entries()) {
    const task = await ask('POST', '/api/tasks', { key: `${item.key}-${index}`, body });
    first ??= task;
  }
  return first;
}

/** Rows whose change no longer waits say what the server says of them: some of it another tab has sent. */
function settle() {
  const waiting = new Set(outbox.all().map((it) => it.key));
  for (const row of document.querySelectorAll('[data-task][data-pending], #tasks [data-pending]')) if (!waiting.has(row.dataset.pending)) delete row.dataset.pending;
}

function succeeded(item, answer) {
  const { undo } = steps[item.kind] ?? {};
  const taskBack = undo && (() => change({ key: newKey(), kind: undo, task: item.task, title: item.title }));
  if (item.kind === 'add') notify(`${words.add} ${answer.title}`, { href: `/tasks/${answer.id}` });
  else notify(`${words[item.kind]} ${item.title}`, { undo: taskBack });
}

function failed(item, error) {
  const input = find('#quick-add input');
  if (item.kind === 'add' && input && !input.value) input.value = item.text;
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
}
