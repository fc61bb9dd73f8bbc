// Talking to the simulator.

/** POST to /_sim; throws an Error with the Chinese sentence when refused. */
export async function act(path, body = {}) {
  const answer = await fetch(`/_sim/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.ok) return answer.json();
  const text = await answer.text();
  let message = text;
  try {
    message = JSON.parse(text).message || text;
  } catch {
    // Not JSON: the text is the message.
  }
  throw new Error(message);
}

/** Calls `show` with the state now and after every change. */
export function watch(show) {
  let asked = false;
  let busy = false;
  async function refresh() {
    if (busy) {
      asked = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch('/_sim/state');
      if (answer.ok) show(await answer.json());
    } catch {
      // The simulator is restarting; the event stream will come back and ask again.
    }
    busy = false;
    if (asked) {
      asked = false;
      refresh();
    }
  }
  refresh();
  const events = new EventSource('/_sim/events');
  events.onmessage = refresh;
  events.onopen = refresh;
  setInterval(refresh, 20000);
}
