import { DESK, enterConsole, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';
import { payer } from '../payer.mjs';
import { GROUP } from '../people.mjs';

const desk = (go) => ({ options: DESK, go });
const UNIT = '示例物业集团有限公司';
const inDays = (days) => new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);

export default {
  'console: credit is granted with a day of its own, stands among the arrears, and a limit is set': desk(async ({ demo, page }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const [proposed, granted] = [inDays(20), inDays(10)];
    const { items } = await unit.ask('GET', '/fees?limit=2');
    const asked = await unit.ask('POST', '/credit-requests', {
      fee_ids: items.map((fee) => fee.id),
      reason: '月底统一付款',
      proposed_due_on: proposed,
    });
    const pages = await enterConsole(page, demo, 'finance', '/credits');
    await page.getByRole('region', { name: '队列' }).getByRole('button').filter({ hasText: UNIT }).first().click();
    await page.getByRole('definition').filter({ hasText: '月底统一付款' }).waitFor();
    await pages.button(/^同意/).click();
    expect(await pages.dialog.getByLabel('补缴期限').inputValue()).toBe(proposed);
    await pages.dialog.getByLabel('补缴期限').fill(granted);
    await pages.dialog.getByLabel(/^欠费额度（元）/).fill('50000');
    await pages.dialog.getByRole('button', { name: '同意', exact: true }).click();
    await page.getByText('已处理：同意').waitFor();
    await expect.soon(async () => (await unit.ask('GET', `/credit-requests/${asked.id}`)).due_on === granted);

    await page.goto(`${demo.web}/console/arrears?q=${asked.request_no}`);
    await pages.row(granted).getByText(UNIT).waitFor();
    await pages.row(granted).getByRole('button', { name: /^核定/ }).click();
    await expect.soon(async () => (await pages.dialog.getByLabel('额度（元）').inputValue()) === '50000.00');
    await pages.dialog.getByLabel('额度（元）').fill('60000');
    await pages.dialog.getByLabel('原因').fill('合作多年，信用良好');
    await pages.dialog.getByRole('button', { name: '保存' }).click();
    await proveIfAsked(page, demo, 'finance', page.getByText('已核定额度'));
  }),
};
