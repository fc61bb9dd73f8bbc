import { expect } from '../expect.mjs';
import { officer } from '../officer.mjs';
import { signIn, turnTo } from '../pages.mjs';
import { BUILDER } from '../people.mjs';
import { Person } from '../person.mjs';

/** A picture small enough to write down: one pixel. */
const SLIP = {
  name: '银行回单.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
};

async function addSlip(page, pages) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), pages.button(/：拍照或选图片$/).click()]);
  await chooser.setFiles(SLIP);
  await pages.text('已上传').waitFor();
}

/** Opens the confirmation of all that a unit owes. */
async function confirmAll(demo, page, unit) {
  const pages = await signIn(page, demo.web, BUILDER, '/pages/fees/fees');
  await turnTo(pages, unit);
  await page.goto(`${demo.web}/h5/#/pages/confirm/confirm?all=1`);
  await pages.text('缴款方式').waitFor();
  return pages;
}

const way = (page, name) => page.getByRole('radio', { name: new RegExp(`^${name}`) });

export default {
  async 'a transfer: four taps from the confirmation to a code that can be copied, and a notice as PDF'({ demo, page, context }) {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const pages = await confirmAll(demo, page, '示例码头集团01');
    const person = new Person(page);
    await person.tap(way(page, '对公转账'));
    await person.tap(pages.button(/^生成缴款书 ¥/));
    await person.tap(pages.button('确认无误'));
    await person.tap(pages.button('复制缴款码'));
    expect(`${person.taps} ${person.characters}`).toBe('4 0');
    const code = await page.getByLabel(/^缴款码 /).getAttribute('aria-label');
    expect(code).toMatch(/^缴款码 50\d\d( \d{4}){4}$/);
    for (const value of ['收款人', '账号', '开户行', '金额（元）', '缴款书编号'])
      await pages.button(`复制${value}`).waitFor();
    await pages.text(/还剩 \d+ 天/).waitFor();
    await pages.button('看订单').click();
    await pages.button('看缴款码，去转账').waitFor();
    await pages.button('下载缴款订单').click();
    await page.waitForURL(/\/files\//);
    expect(await (await fetch(page.url())).text().then((text) => text.slice(0, 5))).toBe('%PDF-');
  },

  async 'what is typed about a remittance is kept at every change, with its slip'({ demo, page }) {
    const pages = await confirmAll(demo, page, '示例制造厂01');
    await way(page, '已汇款').click();
    await pages.button(/^填写汇款信息 ¥/).click();
    await pages.text('应缴金额').waitFor();
    await addSlip(page, pages);
    const kept = page.waitForResponse((answer) => (answer.request().postData() ?? '').includes('2026001234'));
    await pages.field('委托单号或合同号（可不填）').fill('２０２６ 0012-34');
    expect((await kept).status()).toBe(200);
    await pages.text('已自动保存').waitFor();
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await pages.text('银行回单').waitFor();
    const number = pages.field('委托单号或合同号（可不填）');
    await expect.soon(async () => (await number.inputValue()) === '2026001234');
  },

  async 'a remittance is handed in, refused with an opinion, begun again with everything kept, and approved'({ demo, page }) {
    const unit = '示例制造厂02';
    const pages = await confirmAll(demo, page, unit);
    const person = new Person(page);
    await person.tap(way(page, '已汇款'));
    await person.tap(pages.button(/^填写汇款信息 ¥/));
    await addSlip(page, pages);
    person.taps += 2; // the picture: one touch for the camera, one to take it
    await person.tap(pages.button('提交核实'));
    await pages.text(/个工作日|答复/).waitFor();
    // With the message before it these are the six of the budget.
    expect(`${person.taps} ${person.characters}`).toBe('5 0');
    const reviewer = await officer(demo, 'reviewer2');
    await reviewer.decide('remittance', unit, 'rejected', '回单看不清金额，请重新拍照');
    await page.reload();
    await pages.text('回单看不清金额').waitFor();
    await pages.button('修改后重新提交').click();
    await pages.button(/^填写汇款信息 ¥/).click();
    await pages.text('应缴金额').waitFor();
    await expect.soon(async () => (await pages.field('付款单位（回单上的付款人户名）').inputValue()) === unit);
    await pages.text('已上传').waitFor();
    await pages.button('提交核实').click();
    await pages.text('答复').waitFor();
    await reviewer.decide('remittance', unit, 'approved', '已到账');
    await page.reload();
    await pages.text('审核通过').waitFor();
    await pages.button('看订单').click();
    await pages.text('已支付').or(pages.text('已完成')).first().waitFor();
  },

  async 'each part of a mixed confirmation is paid in its own way, which can be changed while nothing has come'({ demo, page }) {
    const pages = await confirmAll(demo, page, '示例建筑安装公司01');
    await way(page, '对公转账').click();
    await way(page, '已汇款').click();
    await pages.button(/^提交订单 ¥/).click();
    await pages.button('确认无误').click();
    await pages.button('复制缴款码').waitFor();
    await pages.button('去办理').click();
    await pages.button('填写汇款信息').waitFor();
    await pages.button('换一种').click();
    await way(page, '线上支付').click();
    await pages.button(/^去支付 ¥/).waitFor();
  },
};
