// The institute's core system, as docs/integration.md describes it.

import { createHash, createHmac, randomBytes } from 'node:crypto';

/** Client and secret of the demonstration. */
const CLIENT = 'demo';
const SECRET = 'demo-secret-0123456789abcdefghijklmn';

/** Sends a signed request of the core system. */
export async function coreSystem(demo, method, path, content) {
  const body = JSON.stringify(content);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = randomBytes(12).toString('hex');
  const hash = createHash('sha256').update(body).digest('hex');
  const signature = createHmac('sha256', SECRET)
    .update([method, path, timestamp, nonce, hash].join('\n'))
    .digest('hex');
  const answer = await fetch(`${demo.web}${path}`, {
    method,
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-Tejian-Client': CLIENT,
      'X-Tejian-Timestamp': timestamp,
      'X-Tejian-Nonce': nonce,
      'X-Tejian-Signature': signature,
    },
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}
