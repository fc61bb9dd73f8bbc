// Starts the simulator and speaks its control calls.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A running simulator; `SIMULATOR_BIN` names a built binary, otherwise cargo runs it. */
export async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'peers-'));
  const options = ['--listen', '127.0.0.1:0', '--manual', '--identities', folder];
  const binary = process.env.SIMULATOR_BIN;
  const child = binary
    ? spawn(binary, options, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    : spawn('cargo', ['run', '-q', '-p', 'simulator', '--bin', 'simulator', '--', ...options],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`the simulator ended with ${code} before it was ready`)));
  });
  const { base_url: baseUrl } = JSON.parse(line);
  const identities = await look(baseUrl, 'identities');
  return {
    baseUrl,
    identities,
    openid: identities.people[0].mp_openid,
    act: (path, body) => act(baseUrl, path, body),
    look: path => look(baseUrl, path),
    stop() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function act(baseUrl, path, body = {}) {
  const answer = await fetch(`${baseUrl}/_sim/${path}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function look(baseUrl, path) {
  const answer = await fetch(`${baseUrl}/_sim/${path}`);
  return answer.json();
}
