// --- Quick add

/** What a line would become: `/api/parse`. In one that had to wait, "tomorrow" counts from when it was written. */
function understand({ text, ignore = [], told, at }) {
  return ask('POST', '/api/parse', { body: { text, ignore, ...(told && { now: new Date(at).toISOString() }) } });
}

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
      const answer = await understand({ text, ignore: ignored() });
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
