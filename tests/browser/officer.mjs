// An officer behind the counter, without his pages: what the payer waits for is done through the staff's interface.

import { freshCode, STAFF_PASSWORD } from './console.mjs';

/** Signs an officer of the demonstration in; the answer asks questions in his name. */
export async function officer(demo, login) {
  let cookie = '';
  async function ask(method, path, body) {
    const answer = await fetch(`${demo.web}/staff/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'tejian', cookie },
      body: body && JSON.stringify(body),
    });
    const given = answer.headers.getSetCookie().map((one) => one.split(';')[0]);
    if (given.length > 0) cookie = given.join('; ');
    const json = await answer.json().catch(() => null);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }
  await ask('POST', '/session', { login, password: STAFF_PASSWORD });
  // The demonstration may have used the first of these codes itself.
  for (let tries = 0; tries < 3; tries += 1) {
    const is_last = tries === 2;
    const entered = await ask('POST', '/session/totp', { code: await freshCode(demo, login) }).catch((refused) => {
      if (is_last) throw refused;
    });
    if (entered) break;
  }
  return {
    /** Any other question in the officer's name; throws where it is refused. */
    ask,
    /** Decides the review of a kind that waits for `unit`. */
    async decide(kind, unit, verdict, opinion) {
      const { items } = await ask('GET', `/reviews?kind=${kind}&state=open`);
      const review = items.find((one) => JSON.stringify(one).includes(unit));
      if (!review) throw new Error(`no review of ${unit}: ${JSON.stringify(items)}`);
      await ask('POST', `/reviews/${review.id}/claim`, {});
      await ask('POST', `/reviews/${review.id}/verdict`, { verdict, opinion });
    },
  };
}
