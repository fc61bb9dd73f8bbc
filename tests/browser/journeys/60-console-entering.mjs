import { consoleOf, DESK, enterConsole, givePassword, proveIfAsked, signInToConsole, totp } from '../console.mjs';
import { expect } from '../expect.mjs';

const desk = (go) => ({ options: DESK, go });

export default {
  'console: an officer goes in with password and code, and lands on the page he wanted': desk(async ({ demo, page }) => {
    const pages = await signInToConsole(page, demo, 'integration', '/me');
    await pages.title('我的账号').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/me');
  }),

  'console: a wrong password and an unknown officer look the same': desk(async ({ demo, page }) => {
    const told = [];
    for (const login of ['finance', 'nobody']) {
      await givePassword(page, demo, login, 'not the password');
      told.push((await page.getByRole('alert').innerText()).replace(/编号.*/s, ''));
    }
    expect(told[0]).toBe(told[1]);
  }),

  'console: everybody sees his own desks only': desk(async ({ demo, page, newPhone }) => {
    const cashier = await enterConsole(page, demo, 'cashier');
    await cashier.entry('到账认领').waitFor();
    expect(await cashier.entry('人员与角色').count()).toBe(0);
    await page.goto(`${demo.web}/console/staff`);
    await page.getByText('没有打开“人员与角色”的权限').waitFor();

    const { context } = await newPhone(DESK);
    const other = await context.newPage();
    const admin = await enterConsole(other, demo, 'admin');
    await admin.entry('人员与角色').waitFor();
    expect(await admin.entry('到账认领').count()).toBe(0);
    await context.close();
  }),

  'console: a new colleague enrols an authenticator, keeps recovery codes, and is in': desk(async ({ demo, page, newPhone }) => {
    const admin = await enterConsole(page, demo, 'admin', '/staff');
    await admin.button('添加人员').click();
    await admin.field('工号').fill('gh-browser');
    await admin.field('姓名').fill('浏览器一号');
    await page.getByRole('checkbox', { name: /收费员/ }).check();
    await admin.button('保存').click();
    const shown = page.getByText('初始密码（只显示这一次）');
    await proveIfAsked(page, demo, 'admin', shown);
    const password = (await page.locator('.once .code').innerText()).trim();

    const { context } = await newPhone(DESK);
    const fresh = await context.newPage();
    await givePassword(fresh, demo, 'gh-browser', password);
    await fresh.getByRole('img', { name: '绑定验证器的二维码' }).waitFor();
    const secret = (await fresh.locator('.secret .code').innerText()).trim();
    await fresh.getByLabel('验证器显示的 6 位数字').fill(totp(secret));
    await fresh.getByRole('button', { name: '确认绑定' }).click();
    await fresh.getByRole('heading', { name: '保存恢复码' }).waitFor();
    expect((await fresh.locator('.codes li').count()) >= 8).toBe(true);
    await fresh.getByLabel('我已把恢复码保存在安全的地方').check();
    await fresh.getByRole('button', { name: '进入业务台' }).click();
    // The administrator knows this password: nothing opens before it is his own.
    await fresh.getByText('您的密码由管理员设置').waitFor();
    await fresh.getByLabel('现在的密码', { exact: true }).fill(password);
    for (const label of ['新密码', '再输一次']) await fresh.getByLabel(label, { exact: true }).fill('browser-2026');
    await fresh.getByRole('button', { name: '修改密码' }).click();
    const desk = consoleOf(fresh);
    await desk.entry('费用').waitFor();
    await fresh.getByText('您的账号刚开通').waitFor();

    // Whoever made the account does not confirm it; somebody else does.
    await admin.button('完成').click();
    await admin.row('gh-browser').click();
    await admin.button('确认开通').click();
    await proveIfAsked(page, demo, 'admin', page.getByText('开通或重置的人和账号本人都不能确认'));
    const { context: third } = await newPhone(DESK);
    const manager = await third.newPage();
    const finance = await enterConsole(manager, demo, 'finance', '/staff');
    expect(await finance.button('添加人员').count()).toBe(0);
    await finance.row('gh-browser').click();
    await finance.button('确认开通').click();
    await proveIfAsked(manager, demo, 'finance', manager.getByText('已确认，权限即时生效'));
    await fresh.reload();
    await desk.entry('费用').waitFor();
    expect(await fresh.getByText('您的账号刚开通').count()).toBe(0);
    await third.close();
    await context.close();
  }),

  'console: what was done stands in the audit trail, with its place in the chain': desk(async ({ demo, page }) => {
    const auditor = await enterConsole(page, demo, 'auditor', '/audit');
    await auditor.rows.filter({ hasText: '登录业务台' }).first().waitFor();
    const first = Number((await auditor.rows.nth(0).locator('td').first().innerText()).trim());
    const second = Number((await auditor.rows.nth(1).locator('td').first().innerText()).trim());
    expect(first - second).toBe(1);
  }),

  'console: signing out leaves nothing to go back to': desk(async ({ demo, page }) => {
    const pages = await signInToConsole(page, demo, 'content');
    await page.getByRole('button', { name: /运营/ }).click();
    await page.getByRole('menuitem', { name: '退出登录' }).click();
    await page.getByRole('heading', { name: '登录' }).waitFor();
    await page.goto(`${demo.web}/console/me`);
    await page.getByRole('heading', { name: '登录' }).waitFor();
    expect(await pages.menu.count()).toBe(0);
  }),
};
