import { expect } from '../expect.mjs';
import { officer } from '../officer.mjs';
import { signIn } from '../pages.mjs';
import { PLANT } from '../people.mjs';

const UNIT = '示例化工厂01';

/** Ticks the payable report of this price and opens the request for it. */
async function begin(demo, page, price) {
  const pages = await signIn(page, demo.web, PLANT, '/pages/fees/fees');
  await pages.fees.row(price).click();
  await pages.button('申请欠费').click();
  await pages.field('申请理由').waitFor();
  return pages;
}

export default {
  async 'reports before they are paid: asked for, granted, to be read, and what is owed leads to its payment'({ demo, page }) {
    const pages = await begin(demo, page, /¥80\.00$/);
    await pages.button('提交申请').click();
    await pages.text('请写明理由').waitFor();
    await pages.field('申请理由').fill('月底统一付款');
    await pages.button('提交申请').click();
    await pages.text('流转情况').waitFor();
    await pages.button('撤回申请').waitFor();
    const manager = await officer(demo, 'finance');
    await manager.decide('credit', UNIT, 'approved', '同意');
    await page.reload();
    await pages.text('请在').waitFor();
    await pages.button(/^查看报告 /).first().waitFor();
    await pages.button(/^去补缴 ¥/).click();
    await pages.confirm.pay.waitFor();
    await pages.text('共 1 份').waitFor();
  },

  async 'a request that was withdrawn leaves its reports payable'({ demo, page }) {
    const pages = await begin(demo, page, /¥830\.00$/);
    const day = pages.field('什么时候能缴清');
    const earliest = await day.getAttribute('min');
    await day.fill(earliest);
    await pages.text(earliest).waitFor();
    await pages.field('申请理由').fill('等总公司拨款');
    await pages.button('提交申请').click();
    await pages.button('撤回申请').click();
    await pages.button('确定撤回').click();
    await pages.text('已撤回').waitFor();
    expect(await page.getByRole('button', { name: '撤回申请' }).count()).toBe(0);
  },
};
