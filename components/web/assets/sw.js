// Shows reminders that are pushed, with what can be done about them on it.

// A message is JSON, as crates/notify writes it.
self.addEventListener('push', (event) => {
  const message = event.data?.json() ?? {};
  event.waitUntil(show(message));
});

function show(message) {
  const { title, body, tag, lang, reminder_id, task_id, done, snooze } = message;
  return self.registration.showNotification(title ?? 'Spindle', {
    body,
    tag,
    lang,
    dir: lang === 'ur' ? 'rtl' : 'ltr',
    icon: '/icon.svg',
    requireInteraction: true,
    data: message,
    actions: [
      ...(task_id ? [{ action: 'done', title: done ?? 'Done' }] : []),
      ...(reminder_id ? [{ action: 'snooze', title: snooze ?? 'Snooze' }] : []),
    ],
  });
}

self.addEventListener('notificationclick', (event) => {
  const message = event.notification.data ?? {};
  event.notification.close();
  event.waitUntil(act(event.action, message));
});

async function act(action, message) {
  const { task_id, reminder_id } = message;
  // The same click, sent twice, counts once.
  const key = `push-${action}-${reminder_id}-${message.delivery_id ?? ''}`;
  const post = async (url, body) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail ?? answer.statusText);
  };
  try {
    if (action === 'done') return await post(`/api/tasks/${task_id}/complete`);
    if (action === 'snooze') return await post(`/api/reminders/${reminder_id}/snooze`, { for: '10m' });
  } catch (error) {
    // It comes back, and says why.
    return show({ ...message, body: `${error.message}\n${message.body ?? ''}` });
  }
  const url = task_id ? `/tasks/${task_id}` : '/today';
  const windows = await self.clients.matchAll({ type: 'window' });
  const open = windows.find((it) => new URL(it.url).pathname === url);
  return open ? open.focus() : self.clients.openWindow(url);
}

// The browser has another address now; the old one isn't told any more.
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil((async () => {
    const options = event.oldSubscription?.options ?? { userVisibleOnly: true };
    const subscription = event.newSubscription ?? await self.registration.pushManager.subscribe(options);
    await fetch('/api/push-subscriptions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(subscription),
    });
  })());
});
