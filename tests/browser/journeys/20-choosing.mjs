import { expect } from '../expect.mjs';
import { signIn, turnTo } from '../pages.mjs';
import { FIRST, GROUP } from '../people.mjs';

const GROUP_NAME = '示例物业集团有限公司';
const PROPERTY_NAME = '示例物业001有限公司';

export default {
  async 'two thousand reports are ticked with one touch, and their sum is exact'({ demo, page }) {
    const pages = await signIn(page, demo.web, GROUP, '/pages/fees/fees');
    await turnTo(pages, GROUP_NAME);
    await pages.text('共 2000 份').waitFor();
    await pages.fees.all.click();
    await pages.text('已选 2000 份').waitFor();
    // 500 × (605 + 880 + 1,265 + 2,090) yuan
    await pages.text('2,420,000.00').waitFor();
    await pages.fees.row(/电梯/).first().click();
    await pages.text('已选 1999 份').waitFor();
    await pages.fees.pay.click();
    await pages.text('共 1999 份').waitFor();
    await pages.confirm.unfold.click();
    await pages.button(/^再显示/).click();
    await expect.soon(async () => (await page.getByRole('button', { name: /^移除/ }).count()) === 40);
  },

  async 'ticks survive a search, whatever width the signs have'({ demo, page }) {
    const pages = await signIn(page, demo.web, GROUP, '/pages/fees/fees');
    await turnTo(pages, GROUP_NAME);
    await pages.fees.row(/电梯/).first().click();
    await pages.text('已选 1 份').waitFor();
    await pages.fees.search.fill('００１０００７');
    await pages.text('找到 1 份').waitFor();
    await pages.text('已选 1 份').waitFor();
    await pages.fees.row(/0010007/).click();
    await pages.text('已选 2 份').waitFor();
    await pages.fees.search.fill('没有这个');
    await pages.text('没有找到待缴费报告').waitFor();
    await pages.button('清空搜索，看全部').click();
    await pages.text('已选 2 份').waitFor();
  },

  async 'more reports come as one scrolls'({ demo, page }) {
    const pages = await signIn(page, demo.web, GROUP, '/pages/fees/fees');
    await turnTo(pages, GROUP_NAME);
    await pages.text('共 2000 份').waitFor();
    expect(await pages.fees.row(/电梯/).count()).toBe(20);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await expect.soon(async () => (await pages.fees.row(/电梯/).count()) >= 40);
  },

  async 'the unit is always visible, and units of one name are told apart'({ demo, page }) {
    const pages = await signIn(page, demo.web, FIRST, '/pages/fees/fees');
    await pages.unit.switch.click();
    const twins = pages.unit.choice(/示例物业005有限公司/);
    await twins.first().waitFor();
    const labels = await twins.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    expect(labels.length).toBe(2);
    expect(labels[0] === labels[1]).toBe(false);
    await pages.unit.choice(PROPERTY_NAME).click();
    await pages.unit.switch.filter({ hasText: PROPERTY_NAME }).waitFor();
    await pages.fees.row(/¥50\.00/).first().waitFor();
  },

  async 'what was seen before is shown without a network, with its time'({ demo, page, context }) {
    const pages = await signIn(page, demo.web, FIRST, '/pages/fees/fees');
    await pages.fees.row(/./).first().waitFor();
    await page.goto(`${demo.web}/h5/#/pages/titles/titles`);
    await pages.text('开票抬头').waitFor();
    await context.setOffline(true);
    await page.goBack();
    await pages.text('数据时间').waitFor();
    await pages.fees.row(/./).first().waitFor();
    await context.setOffline(false);
    await pages.button('重试').first().click();
    await page.getByText('数据时间').waitFor({ state: 'detached' });
  },
};
