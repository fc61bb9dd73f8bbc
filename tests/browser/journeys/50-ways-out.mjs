import { expect } from '../expect.mjs';
import { enterInWechat, pagesOf, savesData, signIn } from '../pages.mjs';
import { FIRST, HOUSEHOLDER } from '../people.mjs';

/** As if the line were cut while the pages are open. */
async function cutTheLine(page) {
  await page.route('**/*', (route) => route.abort('internetdisconnected'));
}

export default {
  async 'an address that does not exist says so, and the way home works'({ demo, page }) {
    await page.goto(`${demo.web}/h5/#/pages/nope/nope?id=1`);
    await pagesOf(page).text('没有这个页面').waitFor();
    await pagesOf(page).button('去首页').click();
    await pagesOf(page).text('缴款订单').waitFor();
    // The same while the pages are open: only the part after # changes.
    await page.evaluate(() => (window.location.hash = '#/pages/gone/gone'));
    await pagesOf(page).text('没有这个页面').waitFor();
  },

  async 'a page not fetched yet cannot open without a line: it says so and lets one go home'({ demo, context, page }) {
    await savesData(context);
    const pages = await signIn(page, demo.web, FIRST);
    await pages.home.pick.waitFor();
    await cutTheLine(page);
    await page.getByRole('button', { name: /怎么缴费/ }).click();
    await pages.text('这一页没有打开').waitFor();
    await pages.button('重试').click();
    await pages.text('这一页没有打开').waitFor();
    await page.getByRole('banner').getByRole('button').click();
    await pages.text('数据时间').waitFor();
    await page.unroute('**/*');
    await page.getByRole('button', { name: /怎么缴费/ }).click();
    await pages.text('怎么缴费？').or(pages.text('这一页没有打开')).first().waitFor();
    // A browser that remembers the failure needs the page once more from the start.
    if (await pages.text('这一页没有打开').count()) await pages.button('重试').click();
    await pages.text('付了钱，页面没有变化？').waitFor();
  },

  async 'pages fetched ahead open without a line'({ demo, page }) {
    const pages = await signIn(page, demo.web, FIRST);
    await pages.home.pick.waitFor();
    const fetched = () =>
      page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /pages-help-help/.test(name)).length);
    await expect.soon(async () => (await fetched()) > 0);
    await page.waitForLoadState('networkidle');
    await cutTheLine(page);
    await page.getByRole('button', { name: /怎么缴费/ }).click();
    await pages.text('付了钱，页面没有变化？').waitFor();
  },

  async 'inside WeChat there is one title bar, of WeChat itself, and a way home'({ demo, page }) {
    const pages = await enterInWechat(page, demo, HOUSEHOLDER, '/pages/orders/orders?tab=completed');
    await page.getByRole('tab', { name: '已完成' }).waitFor();
    expect(await page.getByRole('banner').count()).toBe(0);
    expect(await page.title()).toBe('缴款订单');
    await pages.button('回首页').click();
    await pages.home.elder.waitFor();
  },
};
