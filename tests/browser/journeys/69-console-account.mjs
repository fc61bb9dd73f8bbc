import { DESK, enterConsole, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';
import { FIRST } from '../people.mjs';

const desk = (go) => ({ options: DESK, go });

/** The name of the first applicant. */
const WRITER = '测试一号';

/** A small red JPEG. */
const PICTURE =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==';

export default {
  'console: a menu is changed, pushed to WeChat, compared and rolled back': desk(async ({ demo, page }) => {
    const pages = await enterConsole(page, demo, 'content', '/account');
    const versions = page.getByLabel('版本', { exact: true });
    const live = page.getByLabel('线上菜单', { exact: true });
    const first = page.getByLabel('一级菜单 1', { exact: true });
    await first.fill('马上缴费');
    await page.getByRole('img', { name: '菜单在手机上的样子' }).getByText('马上缴费').waitFor();
    await page.getByLabel('说明', { exact: true }).fill('改名');
    await pages.button('保存为新版本').click();
    await live.getByText('和最新版本不同').waitFor();
    await live.getByText(/马上缴费/).first().waitFor();
    await versions.getByRole('button', { name: '发布', exact: true }).first().click();
    await live.getByText('和最新版本一致').waitFor();
    const shown = async () => JSON.stringify((await demo.wechat.get('state')).account.menu);
    await expect.soon(async () => (await shown()).includes('马上缴费'));
    await versions.getByRole('button', { name: '发布', exact: true }).last().click();
    await expect.soon(async () => !(await shown()).includes('马上缴费'));

    // Replies go by their Chinese names, never by the keys that the files use.
    const spoken = async () => {
      const text = await page.locator('body').innerText();
      expect(/\b(PAY|REFUND|REPORT|INVOICE|ORDER|SERVICE|HELP)\b/.exec(text)?.[0]).toBe(undefined);
      return text;
    };
    expect(await spoken()).toContain('人工客服');
    await page.goto(`${demo.web}/console/account?view=replies`);
    await page.getByText('发票和票据').first().waitFor();
    await spoken();
    await page.getByLabel('对方发来的话', { exact: true }).fill('我要缴费');
    await page.getByRole('button', { name: '试', exact: true }).click();
    await page.getByText('查看待缴费用').last().waitFor();

    // What is written and not kept is there again after a look elsewhere, and can be given up.
    const welcome = page.getByLabel('关注后的欢迎语', { exact: true });
    const before = await welcome.inputValue();
    await welcome.fill(`${before}新的一句`);
    await page.goto(`${demo.web}/console/account?view=followers`);
    await page.getByText('现在关注').waitFor();
    await page.goto(`${demo.web}/console/account?view=replies`);
    await page.getByText('已恢复上次没有保存的修改').waitFor();
    await expect.soon(async () => (await welcome.inputValue()) === `${before}新的一句`);
    await pages.button('放弃修改').click();
    await expect.soon(async () => (await welcome.inputValue()) === before);
    await welcome.fill(`${before}请点菜单办理`);
    await pages.button('保存并生效').click();
    await page.getByText('第 1 版').waitFor();

    await page.goto(`${demo.web}/console/account?view=scenes`);
    await pages.button('生成二维码').click();
    await pages.dialog.getByLabel('名称', { exact: true }).fill('渝中窗口');
    await pages.dialog.getByRole('button', { name: '生成', exact: true }).click();
    await page.getByRole('img', { name: '渝中窗口的二维码' }).waitFor();
    await page.goto(`${demo.web}/console/account?view=followers`);
    await page.getByText('现在关注').waitFor();
  }),

  'console: a new version of an agreement is written, published for today and shown to people': desk(
    async ({ demo, page, newPhone }) => {
      const pages = await enterConsole(page, demo, 'content', '/agreements');
      const words = page.getByLabel('正文', { exact: true });
      await words.waitFor();
      await words.fill(`${await words.inputValue()}\n# 九、补充\n本条由后台新增。`);
      await page.getByLabel('说明', { exact: true }).fill('新增补充条款');
      await pages.button('保存草稿').click();
      await page.getByText('草稿', { exact: true }).waitFor();
      await pages.button('发布草稿…').click();
      await pages.dialog.getByLabel('生效日期', { exact: true }).fill(new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10));
      await pages.dialog.getByRole('button', { name: '发布', exact: true }).click();
      await proveIfAsked(page, demo, 'content', page.getByText('生效中', { exact: true }));
      const reader = await (await newPhone()).context.newPage();
      const shown = await reader.request.get(`${demo.web}/api/v1/agreements/registration`);
      expect(JSON.stringify(await shown.json()).includes('本条由后台新增')).toBe(true);
    },
  ),

  'console: somebody writes to the service account with a picture and is answered at the desk': desk(
    async ({ demo, page }) => {
      const { mp_openid: openid } = await demo.wechat.person(FIRST);
      await demo.wechat.post('follow', { openid });
      await demo.wechat.post('text', { openid, text: '合格标志丢了怎么补领' });
      await demo.wechat.post('image', { openid, content_base64: PICTURE });
      const pages = await enterConsole(page, demo, 'service', '/conversations');
      const list = page.getByRole('navigation', { name: '会话列表' });
      // Who else waits may stand above until this has come.
      await list.getByRole('button').filter({ hasText: WRITER }).click();
      const talk = page.getByRole('region', { name: '会话' });
      await talk.getByText('合格标志丢了怎么补领').waitFor();
      await talk.getByRole('img', { name: '图片，点开看大图' }).waitFor();
      await talk.getByText(/还可以直接回复/).waitFor();
      await page.getByLabel('回复内容', { exact: true }).fill('请带身份证到窗口补领');
      await pages.button('发送').click();
      await expect.soon(async () => JSON.stringify((await demo.wechat.get('state')).chat).includes('请带身份证到窗口补领'));
      await talk.getByText(/4 条/).waitFor();
      await talk.getByRole('button', { name: '结束' }).click();
      await page.getByText(/会话已结束/).waitFor();
    }
  )
};
