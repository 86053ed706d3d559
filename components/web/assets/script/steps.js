// --- Steps by buttons

document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-do]');
  if (!button) return;
  const row = button.closest('[data-task]');
  const task = row?.dataset.task;
  // A box that was just checked is unchecked by a second click, also while the first one waits.
  const kind = !button.matches('.check') ? button.dataset.do : button.ariaChecked === 'true' ? 'reopen' : 'complete';
  if (steps[kind]) {
    if (kind === 'purge' && !confirm(words.reallyPurge)) return;
    const key = newKey();
    if (row.matches('li')) row.dataset.pending = key;
    if (button.matches('.check')) button.ariaChecked = String(kind === 'complete');
    await change({ key, kind, task, title: row.dataset.title });
    if (kind === 'delete' && row.matches('article') && !outbox.all().length) location.assign('/today');
    return;
  }
  button.disabled = true;
  const { url } = button.dataset;
  // Nothing but what is seen is undone or skipped.
  const version = row?.dataset.version;
  const done = await ({
    undo: () => attempt(() => askOnce(button, 'POST', `/api/tasks/${task}/undo`, { version }), words.undone),
    skip: () => attempt(() => askOnce(button, 'POST', `/api/tasks/${task}/skip`, { version }), words.saved),
    snooze: () => attempt(() => askOnce(button, 'POST', url, { body: { for: '10m' } }), words.saved),
    cancel: () => attempt(() => ask('DELETE', url)),
    remove: () => attempt(() => ask('DELETE', url)),
    forget: () => attempt(() => ask('DELETE', url)),
  })[kind]();
  button.disabled = false;
  if (done) await refresh();
});
