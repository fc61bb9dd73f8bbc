// `make front-speed`: first visits on a slow line with a slow phone, as a table; the median of some rounds.

import { launch, profile } from './chromium.mjs';
import { startDemo } from './demo.mjs';
import { cookiesOfPayer, SCREENS, visitFirst } from './first-screen.mjs';

const ROUNDS = Number(process.env.TEJIAN_SPEED_ROUNDS ?? 5);
const demo = await startDemo();
const browser = await launch();

const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];
const kib = (bytes) => (bytes / 1024).toFixed(0);

try {
  const cookies = await cookiesOfPayer(demo, () => profile(browser));
  console.log('| screen | first useful screen | interactive | requests | bytes | of them script |');
  console.log('|---|---|---|---|---|---|');
  for (const screen of SCREENS) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { context } = await profile(browser);
      if (screen.signedIn) await context.addCookies(cookies);
      rounds.push(await visitFirst(context, demo.web, screen, { slow: true }));
      await context.close();
    }
    const of = (name) => median(rounds.map((one) => one[name]));
    console.log(
      `| ${screen.name} | ${of('useful_ms')} ms | ${of('interactive_ms')} ms | ${of('requests')} | ${kib(of('bytes'))} KiB | ${kib(of('script_bytes'))} KiB |`,
    );
  }
} finally {
  await browser.close();
  await demo.stop();
}
