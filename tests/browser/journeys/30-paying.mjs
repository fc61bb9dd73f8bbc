import { expect } from '../expect.mjs';
import { enterInWechat, pagesOf, signIn, turnTo } from '../pages.mjs';
import { FIRST, HOUSEHOLDER, PARK, PLANT } from '../people.mjs';

/** Without a phone around it the simulated WeChat browser shows its sheet inside the page. */
const sheet = (page) => ({ pay: page.locator('#sheet-confirm'), close: page.locator('#sheet-cancel') });

async function chooseTitle(page, pages) {
  if (!(await page.getByText('请选择', { exact: true }).count())) return;
  await page.getByRole('button', { name: '选择开票抬头' }).click();
  const person = page.getByRole('radio', { name: '个人' });
  await person.click();
  await page.getByLabel('姓名（发票抬头）').fill('测试');
  await pages.button('保存并使用').click();
  await page.getByText('个人抬头').waitFor();
}

export default {
  async 'inside WeChat: the sheet is closed first, paid then, and report and receipt can be opened'({ demo, page }) {
    const pages = await enterInWechat(page, demo, HOUSEHOLDER, '/pages/confirm/confirm?all=1');
    await pages.confirm.pay.waitFor();
    await chooseTitle(page, pages);
    await pages.confirm.pay.click();
    await sheet(page).close.click();
    await pages.text('没有扣款').waitFor();
    await pages.button('重新支付').click();
    await sheet(page).pay.click();
    await pages.pay.success.waitFor();
    await pages.text('605.00').waitFor();
    await pages.button('查看报告').waitFor();
    await pages.button('查看报告').click();
    await page.getByRole('button', { name: /^第 1 页/ }).waitFor();
    await pages.button('打开原件').click();
    await expect.soon(() => page.url().includes('/files/'));
  },

  async 'a plain browser shows a code, and sees by itself that another phone has paid'({ demo, page }) {
    const pages = await signIn(page, demo.web, PARK, '/pages/confirm/confirm?all=1');
    await pages.confirm.pay.waitFor();
    await chooseTitle(page, pages);
    await pages.confirm.pay.click();
    await pages.confirm.sure.click();
    await pages.pay.code.waitFor();
    const code_url = await pages.pay.code.getAttribute('data-code');
    const { mp_openid: openid } = await demo.wechat.person(FIRST);
    await demo.wechat.post('native/scan', { openid, code_url });
    await demo.wechat.post('native/pay', { openid, code_url });
    await pages.pay.success.waitFor();
  },

  async 'a code that has run out says so and can be refreshed'({ demo, page }) {
    const pages = await signIn(page, demo.web, PLANT, '/pages/fees/fees');
    await pages.fees.row(/38,500\.00/).click();
    await pages.fees.pay.click();
    await pages.confirm.pay.waitFor();
    await chooseTitle(page, pages);
    await page.route('**/payments', async (route) => {
      const answer = await route.fetch();
      const payment = await answer.json();
      await route.fulfill({ response: answer, json: { ...payment, expires_at: Date.now() - 1000 } });
      await page.unroute('**/payments');
    });
    await pages.confirm.pay.click();
    await pages.confirm.sure.click();
    await pages.text('二维码已过期').waitFor();
    await pages.button('刷新二维码').click();
    await pages.text('剩余').waitFor();
    await page.getByText('二维码已过期').waitFor({ state: 'detached' });
  },

  async 'both receipt classes are confirmed together and paid one after the other'({ demo, page }) {
    const pages = await enterInWechat(page, demo, FIRST, '/pages/fees/fees');
    await turnTo(pages, '示例医院01');
    await pages.fees.all.click();
    await pages.fees.pay.click();
    await pages.text('会生成 2 笔订单').waitFor();
    await chooseTitle(page, pages);
    await pages.confirm.pay.click();
    await pages.text('第 1 笔，共 2 笔').waitFor();
    await sheet(page).pay.click();
    await pages.pay.success.waitFor();
    await pages.button(/继续支付下一笔/).click();
    await pages.text('第 2 笔，共 2 笔').waitFor();
    await sheet(page).pay.click();
    await pages.pay.success.waitFor();
    expect(await pages.button(/继续支付/).count()).toBe(0);
  },

  async 'an order can wait, and voiding it makes its reports payable again'({ demo, page }) {
    const pages = await signIn(page, demo.web, FIRST, '/pages/fees/fees');
    await turnTo(pages, '示例叉车工场01');
    await pages.text('共 2 份').waitFor();
    await pages.fees.all.click();
    await pages.fees.pay.click();
    await pages.confirm.pay.waitFor();
    await chooseTitle(page, pages);
    await pages.confirm.pay.click();
    await pages.confirm.sure.click();
    await pages.pay.code.waitFor();
    await pages.button('看订单').click();
    await pages.text('大写').waitFor();
    await pages.button('作废这笔订单').click();
    await pages.button('确定作废').click();
    await pages.text('报告已放回待缴费').waitFor();
    await page.goto(`${demo.web}/h5/#/pages/fees/fees`);
    await pages.text('共 2 份').waitFor();
  },

  async 'the payment order is a PDF with the payee and the sum in capitals'({ demo, page }) {
    const pages = await signIn(page, demo.web, FIRST, '/pages/orders/orders?tab=pending_payment');
    await turnTo(pages, '示例物业001有限公司');
    await page.getByRole('button', { name: /打开订单/ }).first().click();
    await pages.button('下载缴款订单').waitFor();
    await pages.button('下载缴款订单').click();
    await page.waitForURL(/\/files\//);
    const file = await fetch(page.url());
    expect(file.headers.get('content-type')).toBe('application/pdf');
    expect((await file.text()).slice(0, 5)).toBe('%PDF-');
  },

  async 'who is known to WeChat needs no login, and merely returning to the page opens no sheet'({ demo, page, newPhone }) {
    const known = await newPhone();
    await enterInWechat(await known.context.newPage(), demo, FIRST, '/pages/home/home');
    await known.context.close();
    await page.goto(`${demo.wechat.browser}/h5/#/pages/orders/orders?tab=pending_payment`);
    const pages = pagesOf(page);
    await turnTo(pages, '示例物业001有限公司');
    await pages.button('去支付').first().click();
    await sheet(page).close.click();
    await pages.text('没有扣款').waitFor();
    await page.reload();
    await pages.button('立即支付').waitFor();
    expect(await sheet(page).pay.count()).toBe(0);
  },
};
