import { agree, DESK, elsewhere, enterConsole, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';
import { payer } from '../payer.mjs';
import { GROUP, PLANT } from '../people.mjs';
import { PICTURE } from '../picture.mjs';

const desk = (go) => ({ options: DESK, go });
const UNIT = '示例物业集团有限公司';
/** Its valves are paid with VAT: slips are for those. */
const PLANT_UNIT = '示例化工厂01';
const yuan = (fen) => (fen / 100).toFixed(2);
/** A day that was a while ago, as a date field takes it. */
const SENT_ON = new Date(Date.now() - 90 * 86_400_000).toISOString().slice(0, 10);

/** Takes cash for a part of an order at the window. */
async function takeCash(page, demo, order, amount) {
  const pages = await enterConsole(page, demo, 'counter', `/orders/${order.id}`);
  await pages.button('窗口收款').click();
  await pages.dialog.getByText('现金').click();
  await pages.dialog.getByLabel('实收金额（元）').fill(amount);
  await pages.dialog.getByRole('button', { name: '确认收款' }).click();
  await proveIfAsked(page, demo, 'counter', page.getByText(`已收 ${amount}.00`));
  return pages;
}

export default {
  'console: cash taken by mistake is undone by two people': desk(async ({ demo, page, newPhone }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const order = await unit.order('transfer');
    const pages = await takeCash(page, demo, order, '101');
    await page.getByRole('button', { name: /^撤销收款 现金/ }).click();
    await pages.dialog.getByRole('button', { name: '收错订单' }).click();
    await pages.dialog.getByRole('button', { name: '提交申请' }).click();
    await proveIfAsked(page, demo, 'counter', page.getByText('撤销申请已提交，等待另一人确认'));
    await page.getByText('待确认撤销：收错订单').waitFor();
    expect((await unit.ask('GET', `/orders/${order.id}`)).received_fen).toBe(10_100);

    const second = await elsewhere(demo, newPhone, 'reviewer2', '/counter_undos');
    await second.page.getByText('撤销窗口收款', { exact: true }).waitFor();
    await agree(demo, second, 'reviewer2', '101.00', '确认撤销', '已核对，款项已当面退还');
    await expect.soon(async () => (await unit.ask('GET', `/orders/${order.id}`)).received_fen === 0);
    await page.reload();
    await page.getByText('已撤销：收错订单').waitFor();
    await pages.button('窗口收款').waitFor();
    await second.context.close();
  }),

  'console: an order paid in part is voided, and its money is sent back by the cashier': desk(async ({ demo, page, newPhone }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const order = await unit.order('transfer');
    await takeCash(page, demo, order, '102');
    await page.context().clearCookies();
    const pages = await enterConsole(page, demo, 'finance', `/orders/${order.id}`);
    await pages.button('作废并退款').click();
    await pages.dialog.getByText('这张订单还没有收齐').waitFor();
    await pages.dialog.getByLabel('退款原因').fill('缴款人改用网上支付');
    await pages.dialog.getByLabel(/^收款户名/).fill(UNIT);
    await pages.dialog.getByLabel(/^收款账号/).fill('6222020200112233445');
    await pages.dialog.getByRole('button', { name: '提交申请' }).click();
    await proveIfAsked(page, demo, 'finance', page.getByText('退款申请已提交，等待另一人审批'));

    const second = await elsewhere(demo, newPhone, 'reviewer2', '/refunds');
    await second.page.getByText('申请退款', { exact: true }).waitFor();
    await second.page.getByText('6222020200112233445').waitFor();
    await agree(demo, second, 'reviewer2', '102.00', '同意退款', '已核实，同意退款');
    await expect.soon(async () => (await unit.ask('GET', `/orders/${order.id}`)).state === 'void');

    await page.reload();
    await page.locator('.head').getByText(/已收 102\.00，待退 102\.00/).waitFor();

    const cashier = await elsewhere(demo, newPhone, 'cashier', `/refunds?view=all&q=${order.order_no}`);
    await cashier.pages.button(`登记银行退款 ${order.order_no}`).click();
    await cashier.pages.dialog.getByText('在网银把 102.00 元退给').waitFor();
    await cashier.pages.dialog.getByLabel('银行流水号').fill('BR-BACK-102');
    await cashier.pages.dialog.getByRole('button', { name: '登记', exact: true }).click();
    await proveIfAsked(cashier.page, demo, 'cashier', cashier.page.getByText('已登记，缴款人在订单里可以看到'));
    await cashier.pages.row(order.order_no).getByText('已退款').waitFor();
    await page.reload();
    await page.locator('.head').getByText(/已收 102\.00，已退 102\.00/).waitFor();
    await second.context.close();
    await cashier.context.close();
  }),

  'console: a slip that is brought to the window is entered there and decided by another': desk(async ({ demo, page, newPhone }) => {
    const unit = await payer(demo, PLANT, PLANT_UNIT);
    const order = await unit.order('remitted', 1, { kind: 'electronic' }, 'vat');
    const pages = await enterConsole(page, demo, 'counter', `/orders/${order.id}`);
    await pages.button('代交回单').click();
    const hand = pages.dialog.getByRole('button', { name: '提交审核' });
    expect(await hand.isDisabled()).toBe(true);
    expect(await pages.dialog.getByLabel('付款单位').inputValue()).toBe(PLANT_UNIT);
    expect((await pages.dialog.getByLabel('汇款金额（元）').inputValue()).replace(',', '')).toBe(yuan(order.amount_fen));
    await pages.dialog.getByLabel('汇款日期').fill(SENT_ON);
    await pages.dialog.getByLabel(/^银行流水号/).fill('BR-SLIP-1');
    const file = { name: '回单.png', mimeType: 'image/png', buffer: PICTURE };
    await pages.dialog.getByLabel(/^银行回单/).setInputFiles(file);
    await hand.click();
    await proveIfAsked(page, demo, 'counter', page.getByText('回单已代交，等待另一人审核'));
    await page.getByRole('heading', { name: '汇款信息' }).waitFor();

    const second = await elsewhere(demo, newPhone, 'reviewer2', `/remittances?q=${order.order_no}`);
    await agree(demo, second, 'reviewer2', PLANT_UNIT, '通过', '已在网银核对，款项足额到账');
    await expect.soon(async () => ['paid', 'completed'].includes((await unit.ask('GET', `/orders/${order.id}`)).state));
    await second.context.close();
  }),

  'console: a second transfer for an order that is paid goes back to its sender by two people': desk(
    async ({ demo, page, newPhone }) => {
      const unit = await payer(demo, GROUP, UNIT);
      const order = await unit.order('transfer');
      const code = await expect.soon(
        async () => (await unit.ask('GET', `/orders/${order.id}`)).payment_notice?.payment_code,
      );
      const lines = ['BR-T-1', 'BR-T-2'].map((serial) =>
        ['2026-11-20', yuan(order.amount_fen), '浏览器重复公司', code, serial].join(','),
      );
      const text = ['交易日期,贷方发生额,对方户名,摘要,交易流水号', ...lines].join('\n');
      const pages = await enterConsole(page, demo, 'cashier', '/bank');
      await pages.button('上传对账单').click();
      await page
        .getByLabel('选择银行对账单文件')
        .setInputFiles({ name: '重复.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
      await page.getByText('已导入 2 笔新到账').waitFor();
      await expect.soon(async () => ['paid', 'completed'].includes((await unit.ask('GET', `/orders/${order.id}`)).state));
      await page.goto(`${demo.web}/console/bank?q=浏览器重复公司`);
      await pages.row('浏览器重复公司').click();
      await page.getByRole('button', { name: `申请退回 ${order.order_no}` }).click();
      await pages.dialog.getByRole('button', { name: '重复转账，退回付款人' }).click();
      await pages.dialog.getByRole('button', { name: '提交申请' }).click();
      const asked = page.getByRole('complementary', { name: '这笔到账' }).getByRole('heading', { name: '退回付款人' });
      await proveIfAsked(page, demo, 'cashier', asked);

      const second = await elsewhere(demo, newPhone, 'reviewer2', '/line_returns');
      await second.page.getByText('退回重复转账', { exact: true }).waitFor();
      await second.page.getByRole('definition').filter({ hasText: '浏览器重复公司' }).waitFor();
      // The only one that waits: the list names who asked and how much.
      await agree(demo, second, 'reviewer2', '', '同意退回', '已核实是重复转账');

      await page.goto(`${demo.web}/console/refunds?view=all&q=${order.order_no}`);
      await pages.button(`登记银行退款 ${order.order_no}`).click();
      await pages.dialog.getByLabel('银行流水号').fill('BR-T-BACK');
      await pages.dialog.getByRole('button', { name: '登记', exact: true }).click();
      await proveIfAsked(page, demo, 'cashier', page.getByText('已登记，缴款人在订单里可以看到'));
      await pages.row(order.order_no).getByText('已退款').waitFor();
      await page.goto(`${demo.web}/console/bank?state=all&q=浏览器重复公司`);
      await page.getByRole('table', { name: '银行流水' }).getByText('已退回').waitFor();
      // What went back was the second transfer: the order stays paid.
      expect(['paid', 'completed'].includes((await unit.ask('GET', `/orders/${order.id}`)).state)).toBe(true);
      await second.context.close();
    },
  ),

  'console: a link to a report that somebody gave away is found and ended': desk(async ({ demo, page, newPhone }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const order = await unit.order('online');
    await unit.pay(order);
    const report = await expect.soon(async () => {
      const { lines } = await unit.ask('GET', `/orders/${order.id}`);
      return lines.find((line) => line.report_ready);
    });
    const { url } = await unit.ask('POST', `/reports/${report.report_id}/share`, { days: 7 });
    const link = demo.web + new URL(url).pathname;
    const { context } = await newPhone();
    const reader = await context.newPage();
    expect((await reader.goto(link)).status()).toBe(200);

    const pages = await enterConsole(page, demo, 'report', '/reports?view=shares');
    await pages.row(report.report_no).getByRole('button', { name: /^停用/ }).click();
    await pages.dialog.getByLabel('原因').fill('链接发到了群里');
    await pages.dialog.getByRole('button', { name: '停用', exact: true }).click();
    await proveIfAsked(page, demo, 'report', page.getByText('链接已停用'));
    expect((await reader.reload()).status() >= 400).toBe(true);
    await context.close();
  }),
};
