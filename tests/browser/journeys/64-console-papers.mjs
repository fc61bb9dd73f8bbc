import { compareDay, DESK, enterConsole, proveIfAsked } from '../console.mjs';
import { coreSystem } from '../core-system.mjs';
import { expect } from '../expect.mjs';
import { payer } from '../payer.mjs';
import { GROUP } from '../people.mjs';

const desk = (go) => ({ options: DESK, go });
const UNIT = '示例物业集团有限公司';
const DAY_MS = 86_400_000;
const dayAgo = (days) => new Date(Date.now() + 8 * 3_600_000 - days * DAY_MS).toISOString().slice(0, 10);

/** What goes wrong at WeChat while `work` runs. */
async function troubled(demo, faults, work) {
  await demo.wechat.post('faults', faults);
  try {
    return await work();
  } finally {
    await demo.wechat.post('faults/clear');
  }
}

export default {
  'console: a receipt that failed gets another title, is reissued and taken back': desk(async ({ demo, page }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const order = await unit.order('online');
    const pages = await enterConsole(page, demo, 'invoice', `/invoices?q=${order.order_no}`);
    await troubled(demo, { invoice_error: '抬头与登记不符' }, async () => {
      await unit.pay(order);
      await expect.soon(async () => (await unit.ask('GET', `/orders/${order.id}`)).invoice.state === 'failed');
    });
    await page.reload();
    await pages.row('抬头与登记不符').click();
    await pages.button('改抬头后重开').click();
    await pages.dialog.getByLabel('抬头').fill('浏览器改过的抬头');
    await pages.dialog.getByRole('button', { name: '重新开票', exact: true }).click();
    await page.getByText('已重新申请开票').waitFor();
    await expect.soon(async () => (await unit.ask('GET', `/orders/${order.id}`)).invoice.state === 'issued');
    await page.reload();
    await pages.row('浏览器改过的抬头').click();
    await pages.button('换开（改抬头）').click();
    await pages.dialog.getByLabel('抬头').fill('浏览器换开的抬头');
    await pages.dialog.getByRole('button', { name: '换开', exact: true }).click();
    await proveIfAsked(page, demo, 'invoice', page.getByText(/^已申请换开/));
    await expect.soon(async () => {
      const { invoice } = await unit.ask('GET', `/orders/${order.id}`);
      return invoice.state === 'issued' && invoice.title.name === '浏览器换开的抬头';
    });
    await page.reload();
    await pages.row('浏览器换开的抬头').click();
    await page.getByRole('heading', { name: '红冲记录' }).waitFor();
    await pages.button('红冲').click();
    const taking_back = page.getByRole('dialog', { name: '红冲票据' });
    await taking_back.getByRole('button', { name: '缴款单位要求' }).click();
    await taking_back.getByRole('button', { name: '红冲', exact: true }).click();
    await proveIfAsked(page, demo, 'invoice', page.getByText('已申请红冲'));
    await page.keyboard.press('Escape');
    await expect.soon(async () => {
      await page.reload();
      await pages.rows.first().waitFor();
      return (await pages.row(order.order_no).getByText('已红冲').count()) > 0;
    });
  }),

  'console: a payment that does not fit is looked at, and ended by asking WeChat once more': desk(async ({ demo, page }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const order = await unit.order('online');
    // WeChat's answer cannot be made to differ from the order without touching the books, so the desk is told of one.
    const dispute = {
      id: 'att_00000000000000000000000000000001',
      order_id: order.id,
      out_trade_no: 'BROWSER0001',
      amount_fen: order.amount_fen - 1,
      reason: '金额与订单不符',
      since: Date.now(),
    };
    let ended = false;
    await page.route('**/staff/v1/payment-disputes?**', (route) =>
      route.fulfill({ json: { items: ended ? [] : [dispute], next: null } }),
    );
    await page.route(`**/staff/v1/payment-disputes/${dispute.id}/end`, (route) => {
      ended = true;
      return route.fulfill({ json: { end: 'given_back', text: '款项已原路退回' } });
    });
    const pages = await enterConsole(page, demo, 'finance', '/reconciliation?view=disputes');
    await pages.row('金额与订单不符').getByRole('link', { name: '查看' }).waitFor();
    await pages.button('向微信核实并办结 BROWSER0001').click();
    await page.getByText('款项已原路退回').waitFor();
    await page.getByText('没有付款争议').waitFor();
  }),

  'console: a day with a difference cannot be closed before somebody has said what became of it': desk(async ({ demo, page }) => {
    // Neither of the days that the demonstration may have compared itself: until the bills are there it takes the one before yesterday.
    const on = dayAgo(3);
    await coreSystem(demo, 'PUT', `/integration/v1/ledgers/${on}`, {
      entries: [{ order_no: 'WT2026000000000', amount_fen: 12_300 }],
    });
    const pages = await enterConsole(page, demo, 'finance', `/reconciliation/${on}`);
    await compareDay(page);
    await pages.row('WT2026000000000').waitFor();
    expect(await pages.button('日结').isDisabled()).toBe(true);
    await page.getByRole('button', { name: /^处理 .*WT2026000000000$/ }).click();
    await pages.dialog.getByLabel('说明').fill('业务系统测试数据，已请对方删除');
    await pages.dialog.getByRole('button', { name: '确认处理' }).click();
    await proveIfAsked(page, demo, 'finance', page.getByText('已处理这处差异'));
    await pages.row('已请对方删除').waitFor();
    await pages.button('日结').click();
    await pages.dialog.getByRole('button', { name: '日结', exact: true }).click();
    await page.getByText(/于 .* 日结/).waitFor();
  }),

  'console: a message is sent once more, and a notice of WeChat is booked again without counting twice': desk(
    async ({ demo, page, newPhone }) => {
      const pages = await enterConsole(page, demo, 'service', '/messages');
      await page.getByRole('button', { name: /^重发给/ }).first().click();
      await page.getByText('已重新发送').waitFor();
      const { context } = await newPhone(DESK);
      const other = await context.newPage();
      await enterConsole(other, demo, 'integration', '/integration?view=events');
      await other.getByRole('button', { name: /^重放/ }).first().click();
      await other.getByText('已重放：重复的部分不会再记一次').waitFor();
      await context.close();
      expect(await pages.rows.count() > 0).toBe(true);
    },
  ),
};
