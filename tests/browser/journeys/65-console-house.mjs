import { readFile } from 'node:fs/promises';
import { consoleOf, DESK, enterConsole, givePassword, makeOwn, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';

const desk = (go) => ({ options: DESK, go });

/** Lists that leave the house, by page. */
const EXPORTS = ['/orders', '/fees', '/invoices', '/refunds?view=all', '/audit', '/bank?state=all', '/reconciliation', '/messages'];

export default {
  'console: a holiday is put into the calendar, and the account money goes to is corrected by two people': desk(async ({ demo, page, newPhone }) => {
    const pages = await enterConsole(page, demo, 'admin', '/settings');
    await pages.button('添加一天').click();
    await pages.dialog.getByLabel('日期').fill('2026-12-24');
    await pages.dialog.getByText('放假', { exact: true }).click();
    await pages.dialog.getByLabel('名称').fill('本院年会');
    await pages.dialog.getByRole('button', { name: '保存' }).click();
    const holiday = pages.row('2026-12-24');
    await proveIfAsked(page, demo, 'admin', holiday);
    await holiday.getByText('放假').waitFor();
    await holiday.getByText('本院年会').waitFor();

    await page.getByRole('button', { name: '修改 示例特检技术服务有限公司' }).click();
    await pages.dialog.getByLabel('开户行').fill('示例银行科学城支行');
    await pages.dialog.getByRole('button', { name: '提交审批' }).click();
    await proveIfAsked(page, demo, 'admin', pages.row('示例特检技术服务有限公司').getByText('变更待审批'));

    const { context } = await newPhone(DESK);
    const second = await context.newPage();
    const decider = await enterConsole(second, demo, 'finance', '/payee_changes');
    await decider.row('开户行').getByText('示例银行科学城支行').waitFor();
    await decider.button(/^同意变更/).click();
    await decider.dialog.getByRole('textbox').fill('已与开户资料核对一致');
    await decider.dialog.getByRole('button', { name: '同意变更', exact: true }).click();
    await proveIfAsked(second, demo, 'finance', second.getByText('没有待审核的').or(second.getByText(/已通过：/)).first());
    await context.close();
    await page.reload();
    await pages.row('示例特检技术服务有限公司').getByText('示例银行科学城支行').waitFor();
    await page.goto(`${demo.web}/console/audit`);
    await pages.row('修改收款单位').getByText('示例银行科学城支行').waitFor();
  }),

  'console: a colleague gets another role, a new password, and is shut out': desk(async ({ demo, page, newPhone }) => {
    const pages = await enterConsole(page, demo, 'admin', '/staff');
    await pages.row('regulator').click();
    const panel = page.getByRole('dialog', { name: '监十四' });
    await panel.getByRole('checkbox', { name: /受理员/ }).check();
    await panel.getByRole('button', { name: '保存' }).click();
    await proveIfAsked(page, demo, 'admin', pages.row(/受理员、区县监管|区县监管、受理员/));
    await pages.row('regulator').click();
    await panel.getByRole('button', { name: '重置密码与验证器' }).click();
    await proveIfAsked(page, demo, 'admin', panel.getByText('初始密码（只显示这一次）'));
    const password = (await panel.locator('.once .code').innerText()).trim();
    const { context } = await newPhone(DESK);
    const other = await context.newPage();
    await givePassword(other, demo, 'regulator', password);
    await other.getByRole('img', { name: '绑定验证器的二维码' }).waitFor();
    await panel.getByRole('button', { name: '完成' }).click();
    await pages.row('regulator').click();
    await panel.getByRole('button', { name: '停用' }).click();
    await proveIfAsked(page, demo, 'admin', pages.row('regulator').getByText('已停用'));
    await givePassword(other, demo, 'regulator', password);
    await other.getByRole('alert').waitFor();
    await context.close();
  }),

  'console: an account that waits for a second person is a task of his until he has confirmed it': desk(
    async ({ demo, page, newPhone }) => {
      const pages = await enterConsole(page, demo, 'admin', '/staff');
      await pages.button('添加人员').click();
      const panel = page.getByRole('dialog', { name: '添加人员' });
      await panel.getByLabel('工号').fill('wangchuna');
      await panel.getByLabel('姓名').fill('王出纳');
      await panel.getByRole('checkbox', { name: /出纳/ }).check();
      await panel.getByRole('button', { name: '保存' }).click();
      await proveIfAsked(page, demo, 'admin', panel.getByText('初始密码（只显示这一次）'));

      const { context } = await newPhone(DESK);
      const other = await context.newPage();
      await enterConsole(other, demo, 'finance', '/');
      const desks = other.getByRole('radiogroup', { name: '待办分类' });
      await desks.getByText('待确认账号').click();
      await other.getByRole('link').filter({ hasText: '王出纳（wangchuna）' }).click();
      const asked = other.getByRole('dialog', { name: '王出纳' });
      await asked.getByText('本人还没有登录').waitFor();
      await asked.getByRole('button', { name: '确认开通' }).click();
      await proveIfAsked(other, demo, 'finance', asked.getByText('还不能确认'));

      // He makes the account his own.
      const password = (await panel.locator('.once .code').innerText()).trim();
      const { context: his } = await newPhone(DESK);
      await makeOwn(await his.newPage(), demo, 'wangchuna', password);
      await his.close();
      await other.reload();
      await other.getByRole('row').filter({ hasText: 'wangchuna' }).click();
      await asked.getByText('确认前请当面核实是本人').waitFor();
      await asked.getByRole('button', { name: '确认开通' }).click();
      await proveIfAsked(other, demo, 'finance', other.getByText('没有待确认的账号'));
      // Asked apart from the page, which asks for its own at any time and may be gone before its answer is read.
      const { desks: waiting } = await (await other.request.get(`${demo.web}/staff/v1/worklist`)).json();
      expect(waiting.find((one) => one.code === 'staff_confirmation').count).toBe(0);
      await context.close();
    },
  ),

  'console: every list leaves the house as a spreadsheet': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'auditor', EXPORTS[0]);
    for (const path of EXPORTS) {
      await page.goto(`${demo.web}/console${path}`);
      const saved = page.waitForEvent('download');
      await pages.button('导出 Excel').click();
      const content = await readFile(await (await saved).path());
      expect(content.subarray(0, 2).toString()).toBe('PK');
    }
  }),

  'console: a list is walked, a row opened and closed, and a page turned with the keyboard alone': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'fee', '/fees');
    await pages.rows.first().waitFor();
    await expect.soon(async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement?.closest('tbody') !== null);
    });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: '费用' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: '费用' }).waitFor({ state: 'hidden' });
    await consoleOf(page).button('下一页').focus();
    await page.keyboard.press('Enter');
    await page.getByText(/第 2 页/).waitFor();
  }),
};
