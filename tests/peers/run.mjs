// Independent SDKs against the simulator: `node tests/peers/run.mjs`, after `npm ci` in this folder.

import { listen } from './application.mjs';
import { start } from './simulator.mjs';
import { api, checks as account } from './account.mjs';
import { client, checks as pay } from './pay.mjs';
import { checks as bills } from './bills.mjs';

const simulator = await start();
const application = await listen();
const { baseUrl, identities, openid } = simulator;
const world = { simulator, application, baseUrl, identities, openid, wxpay: client(simulator), mp: api(simulator) };
let failed = 0;
// In this order: later checks look at what earlier ones have paid; the bills move the clock.
for (const [name, check] of Object.entries({ ...account, ...pay, ...bills })) {
  try {
    await check(world);
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAIL ${name}:`, error.response?.data ?? error);
  }
}
application.close();
simulator.stop();
console.log(failed === 0 ? 'independent SDKs: all passed' : `independent SDKs: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
