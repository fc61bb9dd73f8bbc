// A few words to say what must hold.

import assert from 'node:assert/strict';

const SOON_MS_MAX = 20_000;

/** `expect(value).toBe(…)` and its like. */
export function expect(value) {
  return {
    toBe: (other) => assert.equal(value, other),
    toEqual: (other) => assert.deepEqual(value, other),
    toContain: (part) => assert.ok(value.includes(part), `${JSON.stringify(value)} does not contain ${part}`),
    notToContain: (part) => assert.ok(!value.includes(part), `${JSON.stringify(value)} contains ${part}`),
    toMatch: (pattern) => assert.match(value, pattern),
  };
}

/** Asks until there is an answer: the server works at its own pace. */
expect.soon = async (ask) => {
  const until = Date.now() + SOON_MS_MAX;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > until) throw new Error(`nothing came: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
