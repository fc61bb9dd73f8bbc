import { DESK, enterConsole, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';
import { payer } from '../payer.mjs';
import { GROUP } from '../people.mjs';

const desk = (go) => ({ options: DESK, go });
const UNIT = '示例物业集团有限公司';
const yuan = (fen) => (fen / 100).toFixed(2);
/** As the console shows it: 2,090.00. */
const shown = (fen) => (fen / 100).toLocaleString('en', { minimumFractionDigits: 2 });

/** A statement whose columns are known by their names. */
const statement = (name, lines) => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(['交易日期,贷方发生额,对方户名,摘要,交易流水号', ...lines.map((line) => line.join(','))].join('\n')),
});

/** Hands a statement in and goes to its lines. */
async function handIn(page, pages, file) {
  await pages.button('上传对账单').click();
  await page.getByLabel('选择银行对账单文件').setInputFiles(file);
  await page.getByText(/^已导入 \d+ 笔新到账$/).waitFor();
  await pages.button('去认领').click();
}

/** Looks an order up by hand and takes it. */
async function pick(page, order) {
  await page.getByRole('combobox', { name: '另找订单' }).fill(order.order_no);
  await page.getByRole('option').filter({ hasText: order.order_no }).click();
}

export default {
  'console: one transfer is shared by two orders, too much is refused, the rest waits, and a claim is taken back': desk(
    async ({ demo, page }) => {
      const unit = await payer(demo, GROUP, UNIT);
      const whole = await unit.order('transfer');
      const part = await unit.order('transfer');
      const sum_fen = whole.amount_fen + part.amount_fen + 10_000;
      const pages = await enterConsole(page, demo, 'cashier', '/bank');
      await handIn(page, pages, statement('多单.csv', [['2026-11-20', yuan(sum_fen), '浏览器多单公司', '合并缴费', 'BR-M-1']]));
      await pages.row('浏览器多单公司').click();
      await pick(page, whole);
      await pick(page, part);
      const amount = page.getByLabel(`认领到 ${part.order_no} 的金额（元）`);
      await amount.fill(yuan(part.amount_fen + 1));
      await page.getByText('超过这张订单还差的金额').waitFor();
      expect(await pages.button('认领到 2 张订单').isDisabled()).toBe(true);
      await amount.fill('1.00');
      await pages.button('认领到 2 张订单').click();
      const claimed = page.getByRole('complementary', { name: '这笔到账' });
      await claimed.getByText('已认领', { exact: true }).waitFor();
      await claimed.getByRole('link', { name: whole.order_no }).waitFor();
      await claimed.getByText('部分认领').waitFor();

      // The order of which one yuan was taken: it says so, and gives the yuan back.
      await claimed.getByRole('listitem').filter({ hasText: part.order_no }).getByRole('button', { name: '撤回' }).click();
      await pages.dialog.getByLabel('原因').fill('认错了订单');
      await pages.dialog.getByRole('button', { name: '撤回' }).click();
      const gone = page.getByText('已撤回认领');
      await proveIfAsked(page, demo, 'cashier', gone);
      await expect.soon(async () => (await claimed.getByRole('link', { name: part.order_no }).count()) === 0);
      expect((await unit.ask('GET', `/orders/${part.id}`)).received_fen).toBe(0);
      expect(['paid', 'completed'].includes((await unit.ask('GET', `/orders/${whole.id}`)).state)).toBe(true);
      await claimed.getByRole('link', { name: whole.order_no }).click();
      const claims = page.getByRole('table', { name: '银行到账与认领' });
      await claims.getByRole('row').filter({ hasText: shown(whole.amount_fen) }).getByText('有效').waitFor();
      const linked = page.waitForResponse((answer) => answer.url().endsWith('/download-links'));
      await pages.button('缴款订单').click();
      const { url } = await (await linked).json();
      const paper = await page.request.get(new URL(url, demo.web).href);
      expect((await paper.body()).subarray(0, 5).toString()).toBe('%PDF-');
    },
  ),

  'console: an order is paid half in cash and half by card at the window, and says so': desk(async ({ demo, page }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const order = await unit.order('transfer');
    const pages = await enterConsole(page, demo, 'counter', `/orders/${order.id}`);
    await pages.button('窗口收款').click();
    await pages.dialog.getByText('现金').click();
    await pages.dialog.getByLabel('实收金额（元）').fill('100');
    await pages.dialog.getByRole('button', { name: '确认收款' }).click();
    const paid_part = page.getByText('已收 100.00');
    await proveIfAsked(page, demo, 'counter', paid_part);
    await pages.button('窗口收款').click();
    const take = pages.dialog.getByRole('button', { name: '确认收款' });
    expect(await take.isDisabled()).toBe(true);
    await pages.dialog.getByLabel('POS 凭条号').fill('POS-20261120-01');
    await take.click();
    await page.locator('.head').getByText(/^(已支付|已完成)$/).waitFor();
    const taken = page.getByRole('table', { name: '窗口收款' });
    await taken.getByRole('row').filter({ hasText: '现金' }).getByText('100.00').waitFor();
    await taken.getByRole('row').filter({ hasText: 'POS-20261120-01' }).waitFor();
    expect(await pages.button('窗口收款').count()).toBe(0);
  }),

  'console: money goes back by two people; who asked for it cannot agree to it': desk(async ({ demo, page, newPhone }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const order = await unit.order('online');
    await unit.pay(order);
    // While its receipt is being made nothing goes back.
    await expect.soon(async () => (await unit.ask('GET', `/orders/${order.id}`)).invoice.state === 'issued');
    const pages = await enterConsole(page, demo, 'finance', `/orders/${order.id}`);
    await pages.button('申请退款').click();
    await pages.dialog.getByLabel('退款金额（元）').fill(yuan(order.amount_fen + 1));
    await pages.dialog.getByText(/^最多可退/).waitFor();
    await pages.dialog.getByLabel('退款金额（元）').fill('12.50');
    await pages.dialog.getByLabel('退款原因').fill('少检一台');
    await pages.dialog.getByRole('button', { name: '提交申请' }).click();
    await proveIfAsked(page, demo, 'finance', page.getByText('退款申请已提交，等待另一人审批'));
    await page.getByRole('cell', { name: '少检一台' }).waitFor();
    await page.goto(`${demo.web}/console/refunds`);
    await page.getByRole('region', { name: '队列' }).getByRole('button').filter({ hasText: UNIT }).first().click();
    await page.getByText('不能审核自己提交的事项').waitFor();
    expect(await pages.button(/^同意退款/).isDisabled()).toBe(true);

    const { context } = await newPhone(DESK);
    const other = await context.newPage();
    const second = await enterConsole(other, demo, 'reviewer2', '/refunds');
    await other.getByRole('region', { name: '队列' }).getByRole('button').filter({ hasText: UNIT }).first().click();
    await other.getByRole('definition').filter({ hasText: '少检一台' }).waitFor();
    await second.button(/^同意退款/).click();
    await second.dialog.getByRole('textbox').fill('已核实，同意');
    await second.dialog.getByRole('button', { name: '同意退款', exact: true }).click();
    await proveIfAsked(other, demo, 'reviewer2', other.getByText('没有待审核的').or(other.getByText(/已通过：/)).first());
    await expect.soon(async () => (await unit.ask('GET', `/orders/${order.id}`)).timeline.some((step) => step.kind.includes('refund')));
    await expect.soon(async () => {
      await other.goto(`${demo.web}/console/refunds?view=all&q=${order.order_no}`);
      await second.row('12.50').waitFor();
      return (await second.row('12.50').getByText('已退款').count()) > 0;
    });
    await context.close();
  }),
};
