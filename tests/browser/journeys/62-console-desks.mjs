import { DESK, enterConsole, POCKET, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';
import { fitsInWindow } from '../room.mjs';

const desk = (go) => ({ options: DESK, go });

export default {
  'console: an order is found by its number from any page, without the mouse': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'finance', '/orders');
    await pages.rows.first().waitFor();
    const number = (await pages.rows.first().getByRole('link').first().innerText()).trim();
    await page.goto(`${demo.web}/console/me`);
    await pages.menu.waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type(number);
    // The one that Enter takes: what was found for the first signs of the number may have others above it.
    await page.getByRole('option', { name: number, selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: number }).waitFor();
    await page.getByRole('tab', { name: '谁对这张订单做了什么' }).waitFor();
  }),

  'console: a list leaves the house as a spreadsheet, with the filter it has': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'finance', '/orders?state=completed');
    await pages.rows.first().waitFor();
    const saved = page.waitForEvent('download');
    await pages.button('导出 Excel').click();
    expect((await saved).suggestedFilename()).toMatch(/\.xlsx$/);
  }),

  'console: a fee is corrected with a reason, and the list shows the new amount': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'fee', '/fees?state=payable');
    await pages.row('待缴费').click();
    await pages.button('更正金额').click();
    await page.getByLabel('新的金额（元）').fill('612.34');
    await page.getByLabel('原因', { exact: true }).fill('楼层数录错');
    await pages.button('更正').click();
    await proveIfAsked(page, demo, 'fee', page.getByText(/已更正金额/));
    await pages.row('612.34').waitFor();
  }),

  'console: two thousand rows are paged forward and back, and a link keeps the filter': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'fee', '/fees?state=payable');
    await pages.rows.first().waitFor();
    // By its number: a fee that is given back meanwhile may come to stand above it.
    const number = (await pages.rows.first().getByRole('cell').first().innerText()).trim();
    await pages.button('下一页').click();
    await page.getByText(/第 2 页/).waitFor();
    await pages.row(number).waitFor({ state: 'detached' });
    await pages.button('上一页').click();
    await page.getByText(/第 1 页/).waitFor();
    await pages.row(number).waitFor();
    expect(new URL(page.url()).searchParams.get('state')).toBe('payable');
  }),

  'console: on a phone no page has to be pushed sideways': {
    options: POCKET,
    go: async ({ demo, page }) => {
      const pages = await enterConsole(page, demo, 'finance', '/');
      const paths = ['', 'orders', 'refunds?view=all', 'bank', 'reconciliation', 'remittances'];
      for (const path of paths) {
        await page.goto(`${demo.web}/console/${path}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
        await fitsInWindow(page);
      }
      await page.goto(`${demo.web}/console/orders`);
      await pages.rows.getByRole('link').first().click();
      await page.getByRole('tab', { name: '谁对这张订单做了什么' }).waitFor();
      await fitsInWindow(page);
    },
  },
};
