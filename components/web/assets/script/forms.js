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
  const [first] = (await understand({ text: `task ${text}` })).tasks;
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
  const { task } = form.closest('article').dataset;
  const query = scope?.value ? `?scope=${scope.value}` : '';
  return askOnce(form, 'PATCH', `/api/tasks/${task}${query}`, { body, version: form.dataset.version });
}

const forms = {
  task: async (form) => {
    const saved = await attempt(() => saveTask(form).catch(async (error) => {
      if (error.status === 412) {
        // Whoever saves again has been told, and means it.
        await refresh();
        form.dataset.version = form.closest('article').dataset.version;
      }
      throw error;
    }), words.saved);
    if (!saved) return;
    form.dataset.version = saved.version;
    // What was typed is what there is now, until the server's page is here.
    for (const field of fieldsIn(form)) {
      if (field.options) for (const option of field.options) option.defaultSelected = option.selected;
      else field.defaultValue = field.value;
    }
    await refresh();
  },
  remind: async (form) => {
    const { delivery_method, lead_time, destination } = fieldsOf(form);
    const body = { task_id: form.closest('article').dataset.task, delivery_method, lead_time };
    if (destination) body.destination = destination;
    if (await attempt(() => askOnce(form, 'POST', '/api/reminders', { body }), words.saved)) {
      form.reset();
      await refresh();
    }
  },
  say: async (form) => {
    const input = form.elements.text;
    const text = input.value.trim();
    if (!text) return;
    const said = make('p', { textContent: text, dir: 'auto' });
    Object.assign(said.dataset, { key: newKey(), role: 'user', pending: '' });
    find('#log .none')?.remove();
    find('#log').append(said);
    scrollLog();
    input.value = '';
    const body = { user_input: text, conversation_id: form.dataset.conversation, timezone: zone };
    const answer = await attempt(() => askOnce(form, 'POST', '/chat/command', { body }));
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
