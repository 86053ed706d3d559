// --- Hearing of changes: one stream for all tabs of a browser

const heardOf = ['created', 'updated', 'completed', 'reopened', 'deleted', 'purged'].map((it) => `task.${it}`)
  .concat(['scheduled', 'due', 'sent', 'failed', 'cancelled', 'snoozed'].map((it) => `reminder.${it}`))
  .concat(['user.updated', 'token.created', 'token.revoked', 'webhook.created', 'webhook.updated', 'webhook.deleted', 'webhook.deactivated', 'conversation.deleted']);

/** The server ends a stream now and then, and the browser has it back before anybody need know. */
const REOPENED = 3000;

function listen() {
  const others = new BroadcastChannel(`spindle-${user}`);
  let isStale = false;
  const look = () => { isStale = false; return refresh(); };
  const heard = async (what) => {
    if (document.visibilityState === 'visible') await look();
    else isStale = true;
    if (what === 'open') flush();
  };
  others.onmessage = ({ data }) => heard(data);
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible' && isStale) look(); });
  const tell = (what) => { heard(what); others.postMessage(what); };
  const hold = () => new Promise(() => {
    let source;
    let silent;
    const open = () => {
      source?.close();
      clearTimeout(silent);
      source = new EventSource('/api/changes?cursor=now');
      // What happened while nobody listened is on the page that is asked for now.
      source.onopen = () => { clearTimeout(silent); tell('open'); };
      source.onerror = () => {
        clearTimeout(silent);
        // Refused, and not tried again by itself. Whoever isn't logged in any more learns it by the page.
        const isRefused = source.readyState === EventSource.CLOSED;
        silent = setTimeout(() => { refresh(); if (isRefused) open(); }, REOPENED);
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
  addEventListener('online', () => { flush(); refresh(); });
  // This machine answers without a network, too.
  addEventListener('offline', refresh);
  // What another tab has sent, or was refused.
  addEventListener('storage', ({ key, newValue }) => {
    if (!key?.startsWith(outbox.prefix)) return;
    if (newValue === null) refresh();
    else setConnected(find('#offline').hidden);
  });
}
