import { expect } from '../expect.mjs';
import { cookiesOfPayer, SCREENS, visitFirst } from '../first-screen.mjs';
import { savesData } from '../pages.mjs';

/** What a first visit may cost until there is something to use; counted, because seconds differ between machines. */
const SCRIPT_BYTES_MAX = 150 * 1024;
const BUDGETS = {
  "the payer's home": { requests: 7, bytes: 102 * 1024 },
  'the paying page of a message': { requests: 9, bytes: 110 * 1024 },
  'the sign-in of the console': { requests: 12, bytes: 120 * 1024 },
};

const journeys = {};
for (const screen of SCREENS) {
  journeys[`a first visit stays within its bytes and requests: ${screen.name}`] = async ({ demo, context, newPhone }) => {
    // What is fetched ahead comes after the first screen, unless that one is slow.
    await savesData(context);
    if (screen.signedIn) await context.addCookies(await cookiesOfPayer(demo, newPhone));
    const { requests, bytes, script_bytes, asked } = await visitFirst(context, demo.web, screen);
    const budget = BUDGETS[screen.name];
    const questions = asked.filter((path) => path.startsWith('/api/'));
    expect(questions).toEqual([...new Set(questions)]);
    const over = [
      requests > budget.requests && `${requests} requests, not ${budget.requests}`,
      bytes > budget.bytes && `${bytes} bytes, not ${budget.bytes}`,
      script_bytes > SCRIPT_BYTES_MAX && `${script_bytes} bytes of script, not ${SCRIPT_BYTES_MAX}`,
    ].filter(Boolean);
    if (over.length > 0) throw new Error(`${over.join('; ')}: ${asked.join(' ')}`);
    expect(requests > 3 && script_bytes > 1024).toBe(true);
  };
}
export default journeys;
