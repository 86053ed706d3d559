// --- Notifications and log-out

async function pushTo(registration, button) {
  const { public_key: key, items } = await ask('GET', '/api/push-subscriptions');
  if (!key) {
    find('#no-push').hidden = false;
    button.hidden = true;
    return;
  }
  button.disabled = false;
  button.addEventListener('click', () => attempt(async () => {
    if (await Notification.requestPermission() !== 'granted') throw new Error(words.pushDenied);
    // Somebody who was logged in here before isn't told here any more.
    const before = await registration.pushManager.getSubscription();
    if (before && !items.some((it) => it.endpoint === before.endpoint)) await before.unsubscribe();
    const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    return ask('POST', '/api/push-subscriptions', { body: subscription.toJSON() });
  }, words.pushOn));
}

/** Who logs out isn't told of anything here any more, and leaves nothing behind. */
async function logOut() {
  await flush();
  const waiting = outbox.all();
  if (waiting.length && !confirm(`${words.reallyLogOut} ${waiting.map((it) => it.title).join(', ')}`)) return;
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  if (subscription) {
    const { items } = await ask('GET', '/api/push-subscriptions');
    const own = items.find((it) => it.endpoint === subscription.endpoint);
    if (own) await ask('DELETE', `/api/push-subscriptions/${own.id}`);
    await subscription.unsubscribe();
  }
  await ask('DELETE', '/auth/session');
  waiting.forEach(outbox.remove);
  location.assign('/login');
}

// --- Begin

// Where a page isn't secure, there are no workers.
const worker = user && navigator.serviceWorker?.register(policy ? policy.createScriptURL('') : '/sw.js');

/** What is heard at elements themselves, and not at the document. */
function attach() {
  const form = find('#quick-add');
  if (form) quickAdd(form);
  find('#log-out')?.addEventListener('click', () => attempt(logOut));
  const button = find('#push');
  if (button) worker?.then((registration) => pushTo(registration, button)).catch(() => {});
}

if (user) {
  attach();
  restoreWaiting();
  flush();
  listen();
  scrollLog();
}
