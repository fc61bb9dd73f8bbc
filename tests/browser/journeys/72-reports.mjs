import { expect } from '../expect.mjs';
import { officer } from '../officer.mjs';
import { signIn, turnTo } from '../pages.mjs';
import { BUILDER, HOUSEHOLDER, PARK } from '../people.mjs';

const UNIT = '示例停业单位01';

/** The reports of the year that are paid for. */
async function paidReports(demo, page) {
  const pages = await signIn(page, demo.web, BUILDER, '/pages/reports/reports');
  await turnTo(pages, UNIT);
  await pages.button(/^查看报告/).first().waitFor();
  return pages;
}

const leaf = (page) => page.getByRole('button', { name: /^第 1 页，共 \d+ 页/ });

/** Whether a picture has really arrived. */
const drawn = (where) => where.locator('img').first().evaluate((image) => image.complete && image.naturalWidth > 300);

export default {
  async 'a report is read on the page, kept as a file, and its label printed'({ demo, page }) {
    const pages = await paidReports(demo, page);
    await pages.button(/^查看报告/).first().click();
    await leaf(page).waitFor();
    await expect.soon(() => drawn(leaf(page)));
    await leaf(page).click();
    const large = page.getByRole('dialog', { name: '检验报告' });
    await large.getByRole('button', { name: '放大' }).click();
    await large.getByRole('button', { name: '缩小' }).waitFor();
    await large.getByRole('button', { name: '关闭' }).click();
    await large.waitFor({ state: 'detached' });
    for (const button of [/设备标签/, '打开原件']) {
      await pages.button(button).click();
      await page.waitForURL(/\/files\//);
      expect(await (await fetch(page.url())).text().then((text) => text.slice(0, 5))).toBe('%PDF-');
      await page.goBack();
      await leaf(page).waitFor();
    }
  },

  async 'somebody else reads a report by its link, until the link is taken back'({ demo, page, newPhone }) {
    const pages = await paidReports(demo, page);
    await pages.button(/^查看报告/).first().click();
    await leaf(page).waitFor();
    await pages.button('给别人看').click();
    await pages.button('生成链接').click();
    const shown = await page.getByText(/\/shared\//).first().textContent();
    const link = demo.web + shown.slice(shown.indexOf('/shared/')).trim();
    const other = await newPhone();
    const reader = await other.context.newPage();
    await reader.goto(link);
    await expect.soon(() => drawn(reader));
    await pages.button('发错了，收回链接').click();
    await page.getByText('链接已收回').waitFor();
    const answer = await reader.reload();
    expect(answer.status() >= 400).toBe(true);
    await other.context.close();
  },

  async 'reports that go by post: the order shows where the parcel is'({ demo, page }) {
    const pages = await signIn(page, demo.web, PARK, '/pages/fees/fees');
    await turnTo(pages, '示例游乐园01');
    await pages.fees.row(/报告 /).first().click();
    await pages.fees.pay.click();
    await page.getByRole('radio', { name: /^邮寄/ }).click();
    await pages.field('收件人').fill('测试');
    await pages.field('手机号').fill(PARK);
    await pages.field('详细地址').fill('示例区示例路 1 号 1 幢');
    await pages.confirm.pay.click();
    await pages.confirm.sure.click();
    await pages.pay.code.waitFor();
    const code_url = await pages.pay.code.getAttribute('data-code');
    const { mp_openid: openid } = await demo.wechat.person(HOUSEHOLDER);
    await demo.wechat.post('native/scan', { openid, code_url });
    await demo.wechat.post('native/pay', { openid, code_url });
    await pages.pay.success.waitFor();
    await pages.button('看订单').click();
    await pages.text('寄出后，这里会有快递单号').waitFor();
    const id = /id=(ord_\w+)/.exec(page.url())[1];
    const clerk = await officer(demo, 'counter');
    await clerk.ask('POST', `/orders/${id}/posting`, { carrier: '邮政速递', tracking_no: 'EA123456789CN' });
    await page.reload();
    await pages.button('复制邮政速递单号').waitFor();
    await pages.text('EA123456789CN').waitFor();
  },

  async 'a voucher for printed reports shows its code, and can be given up'({ demo, page }) {
    const pages = await paidReports(demo, page);
    await pages.button('要纸质报告，生成领取凭证').click();
    await page.getByRole('checkbox', { name: /^要纸质件/ }).first().click();
    await pages.button('生成凭证（1 份）').click();
    await page.getByRole('img', { name: /的二维码$/ }).first().waitFor();
    await pages.button(/^取消凭证 /).first().click();
    await pages.button('确定作废').click();
    await pages.text('已取消').waitFor();
    expect(await page.getByRole('img', { name: /的二维码$/ }).count()).toBe(0);
  },
};
