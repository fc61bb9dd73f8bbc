// What a first visit costs until there is something to use: requests, bytes and, on a slow line, time.

import { signIn, turnTo } from './pages.mjs';
import { FIRST } from './people.mjs';

/** Slow 4G as Lighthouse has it, and a cheap phone. */
const SLOW = { latency_ms: 150, down_bytes_per_s: (1_638_400 / 8), up_bytes_per_s: (675_000 / 8), cpu_times: 4 };
/** Nothing that keeps the page busy for so long came after it: it answers a finger. */
const QUIET_MS = 500;

/** The screens that people meet first, and a word on each that says that it is of use. */
export const SCREENS = [
  { name: "the payer's home", path: '/h5/#/pages/home/home', word: '去缴费 ¥', signedIn: true },
  { name: 'the paying page of a message', path: '/h5/#/pages/confirm/confirm?all=1', word: '去支付 ¥', signedIn: true },
  { name: 'the sign-in of the console', path: '/console/sign-in', word: '下一步' },
];

/** Cookies of a payer, as WeChat's browser keeps them; nothing else of an earlier visit. */
export async function cookiesOfPayer(demo, newPhone) {
  const { context } = await newPhone();
  const page = await context.newPage();
  const pages = await signIn(page, demo.web, FIRST, '/pages/fees/fees');
  await turnTo(pages, '示例物业001有限公司');
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

/** Remembers when a word first stood on the page, and when the last long piece of work ended. Runs inside of it. */
function watchFor(word) {
  window.useful_ms = 0;
  window.busy_until_ms = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.busy_until_ms = startTime + duration;
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    if (!window.useful_ms && document.body?.innerText.includes(word)) window.useful_ms = performance.now();
    if (!window.useful_ms) requestAnimationFrame(look);
  };
  look();
}

/** Visits a screen with an empty cache. Figures are of what had come when it was of use. */
export async function visitFirst(context, address, { path, word }, { slow = false } = {}) {
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  const kinds = new Map();
  const got = { requests: 0, bytes: 0, script_bytes: 0 };
  const asked = [];
  await tools.send('Network.enable');
  await tools.send('Network.setCacheDisabled', { cacheDisabled: true });
  tools.on('Network.responseReceived', ({ requestId, type, response }) => {
    // Pictures written into the style are no requests.
    const written = response.url.startsWith('data:');
    kinds.set(requestId, written ? 'written' : type);
    if (!written) asked.push(new URL(response.url).pathname);
  });
  tools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (kinds.get(requestId) === 'written') return;
    got.requests += 1;
    got.bytes += encodedDataLength;
    if (kinds.get(requestId) === 'Script') got.script_bytes += encodedDataLength;
  });
  if (slow) {
    await tools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: SLOW.latency_ms,
      downloadThroughput: SLOW.down_bytes_per_s,
      uploadThroughput: SLOW.up_bytes_per_s,
    });
    await tools.send('Emulation.setCPUThrottlingRate', { rate: SLOW.cpu_times });
  }
  await page.addInitScript(watchFor, word);
  await page.goto(address + path, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.useful_ms > 0, null, { timeout: 60_000 });
  const figures = { ...got, asked: [...asked] };
  await page.waitForFunction(
    (quiet_ms) => performance.now() > Math.max(window.useful_ms, window.busy_until_ms) + quiet_ms,
    QUIET_MS,
  );
  const times = await page.evaluate(() => ({
    useful_ms: Math.round(window.useful_ms),
    interactive_ms: Math.round(Math.max(window.useful_ms, window.busy_until_ms)),
  }));
  await page.close();
  return { ...figures, ...times };
}
