import { DESK, enterConsole } from '../console.mjs';
import { expect } from '../expect.mjs';

export default {
  'offices: whom to call is found without a login, in large type too': async ({ demo, page }) => {
    await page.goto(`${demo.web}/h5/#/pages/offices/offices`);
    await page.getByRole('button', { name: /^拨打 两江新区服务大厅/ }).waitFor();
    await page.getByText('业务系统提示“单位不存在”时').waitFor();
    await page.getByLabel('区县、名称或地址').fill('万州');
    await page.getByRole('button', { name: /^拨打 万州服务大厅/ }).waitFor();
    await page.getByRole('button', { name: /^拨打 两江新区服务大厅/ }).waitFor({ state: 'detached' });
  },

  'offices: a place added in the console stands on the phone at once': {
    options: DESK,
    go: async ({ demo, page, newPhone }) => {
      const desk = await enterConsole(page, demo, 'content', '/offices');
      await desk.row('万州服务大厅').waitFor();
      await desk.button('添加网点').click();
      await desk.field('名称').fill('渝北服务大厅');
      await desk.field('地址').fill('渝北区示例路 1 号');
      await desk.field('电话').fill('打不通');
      await desk.button('保存').click();
      await page.getByText('请填写能拨通的电话').waitFor();
      await desk.field('电话').fill('023-00000009');
      await desk.button('保存').click();
      await desk.row('渝北服务大厅').waitFor();
      // What comes next begins with the list as it is then.
      const moved = page.waitForResponse((answer) => answer.url().endsWith('/office-order'));
      await page.getByRole('button', { name: '上移 渝北服务大厅' }).click();
      expect((await moved).status()).toBe(200);

      const { context } = await newPhone();
      const phone = await context.newPage();
      await phone.goto(`${demo.web}/h5/#/pages/offices/offices`);
      await phone.getByRole('button', { name: '拨打 渝北服务大厅 023-00000009' }).waitFor();
      await context.close();

      await page.getByRole('button', { name: '修改 渝北服务大厅' }).click();
      await desk.button('移除').click();
      await desk.dialog.getByRole('button', { name: '移除' }).last().click();
      await desk.row('渝北服务大厅').waitFor({ state: 'detached' });
      expect(await desk.row('万州服务大厅').count()).toBe(1);
    },
  },
};
