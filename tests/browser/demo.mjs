// Starts the demonstration in a directory of its own: application, demo data and simulated WeChat in one process.

import { spawn, execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const READY = '演示环境已就绪';
const START_MS_MAX = 120_000;
const STOP_MS_MAX = 20_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The program to test: `TEJIAN_BIN`, or built now. */
function program() {
  if (process.env.TEJIAN_BIN) return process.env.TEJIAN_BIN;
  execFileSync('cargo', ['build', '--locked', '--bin', 'tejian'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  const target = execFileSync(join(ROOT, 'scripts/target_directory.sh'), { encoding: 'utf8' }).trim();
  return join(target, 'debug/tejian');
}

/** A running demonstration: addresses, WeChat's controls, `run` for subcommands, `stop`. */
export async function startDemo() {
  const directory = mkdtempSync(join(tmpdir(), 'tejian-browser-'));
  const binary = program();
  const env = {
    ...process.env,
    TEJIAN__HTTP__LISTEN: `127.0.0.1:${await freePort()}`,
    TEJIAN__HTTP__H5_DIRECTORY: join(ROOT, 'miniprogram/dist/build/h5'),
    TEJIAN__HTTP__CONSOLE_DIRECTORY: join(ROOT, 'console/dist'),
    // The other system of the journeys listens on this machine.
    TEJIAN__WEBHOOKS__ALLOW_PRIVATE: 'true',
    // Whoever joins in a journey has been here long enough for his administrator to speak for him.
    TEJIAN__MEMBERS__PHONE_CHANGE_MEMBER_DAYS: '0',
  };
  const child = spawn(binary, ['demo', '--directory', directory], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const told = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the demonstration did not start:\n${said}`)), START_MS_MAX);
    const listen = (chunk) => {
      said += chunk;
      if (said.includes(READY) && /网页版\s+(\S+)/.test(said)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.once('exit', (code) => reject(new Error(`the demonstration ended with ${code}:\n${said}`)));
  });
  // The directory goes only after the process: until its end it still writes there.
  const stop = async () => {
    child.removeAllListeners('exit');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    if (child.exitCode === null && child.signalCode === null) await ended;
    clearTimeout(late);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await told;
  } catch (error) {
    await stop();
    throw error;
  }
  const web = /网页版\s+(http:\/\/[^/\s]+)/.exec(said)[1];
  const phones = /两台手机\s+(http:\/\/[^/\s]+)/.exec(said)[1];
  const wechat = await weixin(phones);
  return { web, phones, wechat, directory, stop, log: () => said };
}

/** WeChat's controls (`/_sim/…`). */
async function weixin(base) {
  const ask = async (method, path, body) => {
    const answer = await fetch(`${base}/_sim/${path}`, {
      method,
      headers: body && { 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const json = await answer.json().catch(() => null);
    if (!answer.ok) throw new Error(`_sim/${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  };
  const { browser_url: browser } = await ask('GET', 'state');
  return {
    browser,
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body ?? {}),
    /** The person with this phone number. */
    async person(phone) {
      const { people } = await ask('GET', 'state');
      return people.find((one) => one.phone === phone);
    },
    /** The code of the newest SMS that brings one: it may be told of something else since. */
    async smsCode(phone) {
      const sms = await ask('GET', `sms?phone=${phone}`);
      return sms.findLast(({ params }) => /^\d{6}$/.test(params.code))?.params.code;
    },
  };
}
