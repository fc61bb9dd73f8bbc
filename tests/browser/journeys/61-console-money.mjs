import { compareDay, DESK, enterConsole, LAPTOP, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';
import { fitsInWindow, liesInCard } from '../room.mjs';

const desk = (go, options = DESK) => ({ options, go });

/** A statement whose columns no bank of ours calls so. */
const STRANGE = ['哪天,多少钱进,谁付的,写了什么,号', '2026-11-20,77.00,浏览器测试单位,与检验无关,BR-1', '2026-11-20,88.50,浏览器测试单位,利息,BR-2'].join('\n');

const statement = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text, 'utf8') });

export default {
  'console: a remittance is read beside its proof and approved without the mouse': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'reviewer', '/remittances');
    await page.getByRole('region', { name: '汇款凭证' }).waitFor();
    const first = page.getByRole('region', { name: '队列' }).getByRole('button').first();
    const title = (await first.locator('.strong').first().innerText()).trim();
    await page.getByText('缴款人填写').waitFor();
    await page.keyboard.press('r');
    await pages.dialog.getByText('缴款人会看到这段意见').waitFor();
    expect(await pages.dialog.getByRole('button', { name: '驳回' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await pages.dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('a');
    // No line of the bank shows the money: the reviewer says how he knows.
    await pages.dialog.getByText('没有能随通过一并认领的到账').waitFor();
    expect(await pages.dialog.getByRole('button', { name: '通过', exact: true }).isDisabled()).toBe(true);
    await pages.dialog.getByRole('textbox').fill('已在网银核对，款项足额到账');
    await pages.dialog.getByRole('button', { name: '通过', exact: true }).click();
    await pages.dialog.waitFor({ state: 'detached' });
    await page.getByText('已通过', { exact: true }).first().click();
    await page.getByRole('region', { name: '队列' }).getByText(title).first().waitFor();
  }),

  'console: a statement of an unknown bank is explained once, and its lines wait to be claimed': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'cashier', '/bank');
    await pages.button('上传对账单').click();
    await page.getByLabel('选择银行对账单文件').setInputFiles(statement('strange.csv', STRANGE));
    await page.getByRole('dialog', { name: '告诉系统每一列是什么' }).waitFor();
    const choose = (column, words) => page.getByLabel(`“${column}”这一列是`).selectOption({ label: words });
    await choose('哪天', '入账日期');
    await choose('多少钱进', '收入金额');
    await choose('谁付的', '对方户名');
    await choose('写了什么', '摘要、附言（可多列）');
    await choose('号', '流水号');
    await page.getByLabel('版式名称').fill('浏览器测试银行');
    await pages.button('按此导入').click();
    await page.getByText('已导入 2 笔新到账').waitFor();
    await pages.button('去认领').click();
    await pages.row('77.00').waitFor();
  }),

  'console: the same statement again brings nothing new': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'cashier', '/bank');
    await pages.button('上传对账单').click();
    await page.getByLabel('选择银行对账单文件').setInputFiles(statement('strange.csv', STRANGE));
    await page.getByText('已导入 0 笔新到账').waitFor();
    await page.getByText(/重复 2/).waitFor();
  }),

  'console: money that is not for us is put aside with a reason': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'cashier', '/bank?q=88.50');
    await pages.row('88.50').click();
    await pages.button('不认领…').click();
    await pages.dialog.getByRole('button', { name: '利息' }).click();
    await pages.dialog.getByRole('button', { name: '不认领', exact: true }).click();
    await proveIfAsked(page, demo, 'cashier', page.getByText('已标为不认领'));
    await page.getByText('不认领', { exact: true }).first().click();
    await pages.row('88.50').waitFor();
  }),

  'console: a day is compared with channel and core system, its difference is explained, and it is closed': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'finance', '/reconciliation?view=open');
    const open = page.getByRole('row', { name: /业务系统未入账/ });
    await open.waitFor();
    await fitsInWindow(page);
    await liesInCard(open.getByRole('button', { name: /^处理/ }));
    await open.getByRole('link').click();
    await compareDay(page);
    await pages.row('系统账目').getByText('一致').waitFor();
    // The core system has not booked one of the orders.
    await fitsInWindow(page);
    const settle = page.getByRole('button', { name: /^处理 业务系统未入账/ });
    await liesInCard(settle);
    await settle.click();
    await pages.dialog.getByLabel('说明').fill('已请业务系统补录这张订单');
    await pages.dialog.getByRole('button', { name: '确认处理' }).click();
    await proveIfAsked(page, demo, 'finance', page.getByText('已处理这处差异'));
    await pages.row('已请业务系统补录').waitFor();
    await pages.button('日结').click();
    await pages.dialog.getByRole('button', { name: '日结', exact: true }).click();
    await proveIfAsked(page, demo, 'finance', page.getByText('已日结').first());
    await page.getByText(/于 .* 日结/).waitFor();
    await pages.button('日结').waitFor({ state: 'detached' });
  }, LAPTOP),
};
