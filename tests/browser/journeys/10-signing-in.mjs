import { expect } from '../expect.mjs';
import { signIn, pagesOf, turnTo } from '../pages.mjs';
import { solve } from '../captcha.mjs';
import { FIRST, HOUSEHOLDER, PARK, PASSWORD } from '../people.mjs';

export default {
  async 'a visitor sees the service, and the login leads back to the page that was wanted'({ demo, page }) {
    await page.goto(`${demo.web}/h5/`);
    const pages = pagesOf(page);
    await pages.text('登录查看待缴费').waitFor();
    await page.goto(`${demo.web}/h5/#/pages/orders/orders?tab=completed`);
    await pages.text('登录后查看').waitFor();
    await page.getByRole('tab', { name: '密码' }).click();
    await pages.field('手机号或单位账号').fill(FIRST);
    await pages.field('密码').fill('demo2026');
    await pages.button('登录').click();
    await pages.text('缴款订单').waitFor();
    expect(new URL(page.url()).hash).toContain('tab=completed');
  },

  async 'a code by SMS signs in without a password'({ demo, page }) {
    await page.goto(`${demo.web}/h5/#/pages/login/login`);
    const pages = pagesOf(page);
    await pages.field('手机号').fill(`+86 ${PARK.slice(0, 3)} ${PARK.slice(3)}`);
    await pages.button('获取验证码').click();
    await pages.button(/秒后重发/).waitFor();
    const code = await expect.soon(() => demo.wechat.smsCode(PARK));
    await pages.field('短信验证码').fill(code);
    await pages.button('登录').click();
    await pages.text('测试四号').waitFor();
  },

  async 'a wrong password and an unknown account look the same, and the question then asked lets a person in'({ demo, newPhone }) {
    const told = [];
    let known;
    for (const login of [HOUSEHOLDER, '13911112222']) {
      const { context } = await newPhone();
      const page = await context.newPage();
      await page.goto(`${demo.web}/h5/#/pages/login/login`);
      const pages = pagesOf(page);
      await page.getByRole('tab', { name: '密码' }).click();
      await pages.field('手机号或单位账号').fill(login);
      await pages.field('密码').fill('not the password');
      await pages.button('登录').click();
      told.push((await page.getByRole('alert').first().innerText()).replace(/[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{3}/, ''));
      await pages.button('改看文字题').waitFor();
      known ??= { page, pages };
    }
    expect(told[0]).toBe(told[1]);
    const { page, pages } = known;
    await pages.button('改看文字题').click();
    await pages.field('验证答案').fill(String(solve(await page.getByText(/（填数字）/).textContent())));
    await pages.field('密码').fill(PASSWORD);
    await pages.button('登录').click();
    await page.waitForURL((url) => !url.hash.includes('/login/'));
  },

  async 'signing out takes everything private off the phone'({ demo, page }) {
    const pages = await signIn(page, demo.web, FIRST, '/pages/fees/fees');
    await turnTo(pages, '示例物业001有限公司');
    await pages.fees.row(/电梯/).first().waitFor();
    await page.goto(`${demo.web}/h5/#/pages/me/me`);
    await pages.button('退出登录').click();
    await pages.button('退出').last().click();
    await pages.text('请登录').waitFor();
    const kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('private:')));
    expect(kept.length).toBe(0);
  },
};
