// The H5 pages in a real browser against a real server and simulated WeChat: `node tests/browser/run.mjs [WORD…]`.
// Words choose the journeys whose names contain them.

import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { launch, profile } from './chromium.mjs';
import { startDemo } from './demo.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2);
const demo = await startDemo();
const browser = await launch();
let passed = 0;
let failed = 0;
let left_behind = 0;
// What a failed journey still waited for ends with its page, which is no reason to leave the others out.
process.on('unhandledRejection', (error) => {
  left_behind += 1;
  console.error(`     left behind: ${error.message.split('\n')[0]}`);
});

/** Runs one journey with a fresh phone; a picture is left of one that went wrong. */
async function run(name, journey) {
  const { context, complaints } = await profile(browser, journey.options);
  const page = await context.newPage();
  const contexts = [context];
  const newPhone = async (options) => {
    const phone = await profile(browser, options);
    contexts.push(phone.context);
    return phone;
  };
  try {
    await journey.go({ demo, context, page, newPhone });
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    mkdirSync(join(HERE, 'failed'), { recursive: true });
    const picture = join(HERE, 'failed', `${name.replace(/\W+/g, '_')}.png`);
    await page.screenshot({ path: picture }).catch(() => undefined);
    console.error(`FAIL ${name}: ${error.message}\n     ${page.url()}`);
  } finally {
    // Pages that nobody looks at any more would go on asking.
    for (const one of contexts) await one.close();
  }
}

try {
  for (const file of readdirSync(join(HERE, 'journeys')).sort()) {
    const journeys = await import(pathToFileURL(join(HERE, 'journeys', file)).href);
    for (const [name, journey] of Object.entries(journeys.default)) {
      if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
      await run(name, typeof journey === 'function' ? { go: journey } : journey);
    }
  }
} finally {
  await browser.close();
  await demo.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && left_behind === 0 && passed > 0 ? 0 : 1;
