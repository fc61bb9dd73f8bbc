import { expect } from '../expect.mjs';
import { enterInWechat, pagesOf, signIn, turnTo } from '../pages.mjs';
import { FIRST, HOUSEHOLDER, PLANT } from '../people.mjs';
import { solve } from '../captcha.mjs';

const UNIT = '示例物业001有限公司';

/** The newest order of the unit that waits for money by this way, as its list has it. */
async function waiting(page, method) {
  const items = await page.evaluate(async () => (await (await fetch('/api/v1/orders?tab=pending_payment')).json()).items);
  return items.find((one) => one.method === method && one.received_fen === 0);
}

/** Opens the order that waits for money by this way, in the applicant's own browser. */
async function openWaiting(demo, page, method) {
  const pages = await signIn(page, demo.web, FIRST, '/pages/orders/orders?tab=pending_payment');
  await turnTo(pages, UNIT);
  const order = await waiting(page, method);
  await page.goto(`${demo.web}/h5/#/pages/order/order?id=${order.id}`);
  await pages.text('大写').waitFor();
  return { pages, order };
}

/** The link on the open sheet, as a page of `base`. */
async function givenLink(page, base) {
  const text = await page.getByText(/\/pages\/guest\/asked\?token=/).first().textContent();
  return `${base}/h5/#/pages/guest/asked?token=${/token=([\w-]+)/.exec(text)[1]}`;
}

async function payByCode(demo, pages) {
  const code_url = await pages.pay.code.getAttribute('data-code');
  const { mp_openid: openid } = await demo.wechat.person(HOUSEHOLDER);
  await demo.wechat.post('native/scan', { openid, code_url });
  await demo.wechat.post('native/pay', { openid, code_url });
}

export default {
  async 'whoever knows name and number pays without a login, and reads the question instead of seeing it'({ demo, page, newPhone }) {
    const own = await newPhone();
    const { order } = await openWaiting(demo, await own.context.newPage(), 'online');
    await page.goto(`${demo.web}/h5/#/pages/login/login`);
    const pages = pagesOf(page);
    await pages.button('不登录，凭编号缴费').click();
    await pages.field('缴款单位名称').fill(UNIT);
    await pages.field('缴款书编号或订单号').fill(`${order.order_no.slice(0, 6)} ${order.order_no.slice(6)}`);
    await pages.button('改看文字题').click();
    const question = page.getByText(/（填数字）/);
    const first = await question.textContent();
    await pages.field('验证答案').fill('-1');
    await pages.button('查找').click();
    await expect.soon(async () => (await question.textContent()) !== first);
    await pages.field('验证答案').fill(String(solve(await question.textContent())));
    await pages.button('查找').click();
    await pages.text('谁付款都行').waitFor();
    expect(await page.getByText(UNIT).count()).toBe(0);
    await pages.button('生成付款码').click();
    await pages.pay.code.waitFor();
    await payByCode(demo, pages);
    await pages.pay.success.waitFor();
    await pages.text('报告和票据会交给缴款单位').waitFor();
    await own.context.close();
  },

  async 'an asked colleague pays inside WeChat from the link; the order stays the unit\'s'({ demo, page, newPhone }) {
    const { pages, order } = await openWaiting(demo, page, 'online');
    await pages.button('请同事付款').click();
    const link = await givenLink(page, demo.wechat.browser);
    const other = await newPhone();
    const colleague = await other.context.newPage();
    await enterInWechat(colleague, demo, PLANT, '/pages/home/home');
    await colleague.goto(link);
    const theirs = pagesOf(colleague);
    await theirs.text('请您帮单位付一笔检验费').waitFor();
    await theirs.button(/^支付 ¥/).click();
    await colleague.locator('#sheet-confirm').click();
    await theirs.pay.success.waitFor();
    await page.goto(`${demo.web}/h5/#/pages/order/order?id=${order.id}`);
    await page.reload();
    await pages.text('由受邀的同事代付').waitFor();
    await other.context.close();
  },

  async 'finance opens the forwarded link and has the code; once taken back the link is dead'({ demo, page, newPhone }) {
    const { pages } = await openWaiting(demo, page, 'transfer');
    await pages.button('看缴款码，去转账').click();
    await pages.button('转发给财务').click();
    const link = await givenLink(page, demo.web);
    const other = await newPhone();
    const finance = await other.context.newPage();
    await finance.goto(link);
    await finance.getByLabel(/^缴款码 50/).waitFor();
    await pagesOf(finance).button('复制账号').waitFor();
    await pages.button('发错了，收回链接').click();
    await pages.button('发错了，收回链接').waitFor({ state: 'hidden' });
    await finance.reload();
    await finance.getByText(/收回|失效|过期/).first().waitFor();
    expect(await finance.getByLabel(/^缴款码/).count()).toBe(0);
    await other.context.close();
  },
};
