import { signIn, turnTo } from '../pages.mjs';
import { FIRST } from '../people.mjs';

export default {
  async 'a message about one unit is opened for that unit, whichever one acted for before'({ demo, page }) {
    const pages = await signIn(page, demo.web, FIRST, '/pages/fees/fees');
    await turnTo(pages, '示例医院01');
    await page.goto(`${demo.web}/h5/#/pages/messages/messages`);
    await page.getByRole('button', { name: /示例物业001有限公司的缴款订单/ }).first().click();
    await pages.text('大写').waitFor();
    const unit = page.getByText('示例物业001有限公司', { exact: true }).first();
    await unit.waitFor();
    // An order belongs to its unit: nothing here turns to another.
    await page.getByText('点这里切换').waitFor({ state: 'detached' });
    await page.getByText('切换', { exact: true }).waitFor({ state: 'hidden' });
  },
};
