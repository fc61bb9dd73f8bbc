import { DESK, enterConsole } from '../console.mjs';
import { expect } from '../expect.mjs';
import { payer } from '../payer.mjs';
import { GROUP } from '../people.mjs';

const desk = (go) => ({ options: DESK, go });
const UNIT = '示例物业集团有限公司';

export default {
  'console: reports are handed over for a voucher that is scanned, once': desk(async ({ demo, page }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const order = await unit.order('online', 2);
    await unit.pay(order);
    await expect.soon(async () => (await unit.ask('GET', `/orders/${order.id}`)).state === 'completed');
    const { lines } = await unit.ask('GET', `/orders/${order.id}`);
    const voucher = await unit.ask('POST', '/pickup-vouchers', { report_ids: lines.map((line) => line.report_id) });
    const pages = await enterConsole(page, demo, 'counter', '/reports?view=vouchers');
    await page.getByLabel('领取凭证号').fill(voucher.code);
    await page.keyboard.press('Enter');
    const given = page.getByRole('complementary', { name: '凭证核销' });
    await given.getByText(lines[0].report_no).first().waitFor();
    await page.keyboard.type('李四');
    await given.getByLabel('证件号后四位').fill('123X');
    await given.getByRole('button', { name: '已交付' }).click();
    await given.getByText(/交付给\s*李四/).waitFor();
    await page.goto(`${demo.web}/console/reports?view=vouchers&state=handed_over`);
    await pages.row(voucher.voucher_no).getByText('李四').waitFor();
  }),

  'console: reports that go by post get a carrier and a number, which the payer sees': desk(async ({ demo, page }) => {
    const unit = await payer(demo, GROUP, UNIT);
    const address = { kind: 'post', recipient: '王五', phone: '13900000006', address: '重庆市渝北区示例路 1 号' };
    const order = await unit.order('online', 1, address);
    await unit.pay(order);
    await expect.soon(async () => ['paid', 'completed'].includes((await unit.ask('GET', `/orders/${order.id}`)).state));
    const pages = await enterConsole(page, demo, 'report', '/reports?view=postings');
    await pages.row(order.order_no).getByText('王五').waitFor();
    await pages.button(`登记邮寄 ${order.order_no}`).click();
    await pages.dialog.getByLabel('承运').fill('中国邮政');
    await pages.dialog.getByLabel('运单号').fill('EB 123 456 789 CN');
    await pages.dialog.getByRole('button', { name: '登记' }).click();
    await page.getByText('已登记，缴款人可以看到运单号').waitFor();
    await page.getByText('已寄出', { exact: true }).click();
    await pages.row(order.order_no).getByText('EB123456789CN').waitFor();
    const { delivery } = await unit.ask('GET', `/orders/${order.id}`);
    expect(`${delivery.carrier} ${delivery.tracking_no}`).toBe('中国邮政 EB123456789CN');
  }),
};
