import { cutHints, overflow, smallLetters, smallTargets, violations } from '../accessibility.mjs';
import { DESK, enterConsole } from '../console.mjs';
import { expect } from '../expect.mjs';
import { officer } from '../officer.mjs';
import { pagesOf, readAndTick } from '../pages.mjs';
import { PICTURE } from '../picture.mjs';
import { freeCode } from '../uscc.mjs';

const UNIT = '示例新注册物业有限公司';
/** The first two steps: agreement read and ticked, kind chosen, phone proved by a code. */
async function begin(demo, page, phone, kind, look = async () => undefined) {
  await page.goto(`${demo.web}/h5/#/pages/login/login`);
  const pages = pagesOf(page);
  await pages.button('还没有账号？注册单位或个人').click();
  await page.getByText(/秒后可以勾选/).waitFor();
  await look('1');
  await readAndTick(page);
  await pages.button('下一步').click();
  await page.getByRole('radio', { name: new RegExp(`^${kind}，`) }).waitFor();
  await look('2');
  await page.getByRole('radio', { name: new RegExp(`^${kind}，`) }).click();
  await pages.field('手机号').fill(phone);
  await pages.button('获取验证码').click();
  const code = await expect.soon(() => demo.wechat.smsCode(phone));
  await pages.field('短信验证码').fill(code);
  await pages.button('验证手机号').click();
  await page.getByText(/已验证/).waitFor();
  await pages.button('下一步').click();
  return pages;
}

async function choose(page, label, option) {
  await page.getByRole('button', { name: new RegExp(`^${label} `) }).click();
  await page.getByRole('radio', { name: option, exact: true }).click();
}

/** The first field that still takes one gets a picture. */
async function addPicture(page) {
  const before = await page.getByText('已上传').count();
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: /：拍照或选图片$/ }).first().click(),
  ]);
  await chooser.setFiles({ name: '照片.png', mimeType: 'image/png', buffer: PICTURE });
  await expect.soon(async () => (await page.getByText('已上传').count()) > before);
}

export default {
  'a unit registers, is approved at the console, and its owner goes in': async ({ demo, page, newPhone }) => {
    const code = freeCode();
    const pages = await begin(demo, page, '13955550001', '认证单位');
    await page.getByText('单位信息').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    // Handing in half of it names what is missing.
    await pages.button('提交审核').click();
    await page.getByText(/处需要填写或修改/).waitFor();
    await pages.field('统一社会信用代码').fill(code);
    await page.getByText('可以注册').waitFor();
    await pages.field('企业名称').fill(UNIT);
    await choose(page, '单位类型', '使用单位');
    await choose(page, '所属行业', '房地产业（含物业管理）');
    await pages.field('详细地址').fill('渝中区示例路 1 号');
    await pages.field('法人姓名').fill('张法人');
    await pages.field('姓名').fill('李安全');
    await pages.field('手机号').fill('13955550077');
    await pages.field('注册人姓名').fill('王小明');
    await addPicture(page);
    const kept = page.waitForResponse(async (answer) => {
      if (answer.request().method() !== 'PUT') return false;
      const { licences, forms } = await answer.json();
      return licences?.length === 1 && forms?.length === 1;
    });
    await addPicture(page);
    await kept;
    // Nothing typed is lost when the page is left.
    await page.reload();
    await expect.soon(async () => (await pages.field('企业名称').inputValue()) === UNIT);
    await pages.button('提交审核').click();
    await page.getByText('已提交，正在审核').waitFor();

    const { context } = await newPhone(DESK);
    const desk = await context.newPage();
    const staff = await enterConsole(desk, demo, 'registrar', '/registrations');
    await desk.getByRole('region', { name: '队列' }).getByRole('button').filter({ hasText: UNIT }).first().click();
    await desk.getByText('没有这个信用代码的单位，通过后新建。').waitFor();
    await staff.button(/^通过/).click();
    const decided = desk.waitForResponse((answer) => answer.url().endsWith('/verdict'));
    await staff.dialog.getByRole('button', { name: '通过', exact: true }).click();
    expect((await decided).status()).toBe(200);
    await context.close();

    await page.goto(`${demo.web}/h5/#/pages/register/mine`);
    await page.getByRole('button').filter({ hasText: UNIT }).first().click();
    await page.getByText('注册成功').waitFor();
    await pages.button('进入首页').click();
    await page.getByText(UNIT).first().waitFor();
  },

  'a rejected registration says why and is mended': async ({ demo, page }) => {
    const pages = await begin(demo, page, '13955550003', '认证单位');
    await pages.field('统一社会信用代码').fill(freeCode());
    await pages.field('企业名称').fill('示例驳回单位');
    await choose(page, '单位类型', '使用单位');
    await choose(page, '所属行业', '教育');
    await pages.field('详细地址').fill('渝中区示例路 2 号');
    await pages.field('法人姓名').fill('钱法人');
    await pages.field('姓名').fill('李安全');
    await pages.field('手机号').fill('13955550078');
    await pages.field('注册人姓名').fill('孙小红');
    await addPicture(page);
    await addPicture(page);
    await pages.button('提交审核').click();
    await page.getByText('已提交，正在审核').waitFor();
    const registrar = await officer(demo, 'registrar');
    await registrar.decide('registration', '示例驳回单位', 'rejected', '营业执照看不清');
    await page.reload();
    await page.goto(`${demo.web}/h5/#/pages/register/mine`);
    await page.getByRole('button').filter({ hasText: '示例驳回单位' }).first().click();
    await page.getByText('审核意见：营业执照看不清').waitFor();
    await pages.button('修改后重新提交').click();
    await expect.soon(async () => (await pages.field('企业名称').inputValue()) === '示例驳回单位');
    await pages.button('提交审核').click();
    await page.getByText('已提交，正在审核').waitFor();
  },

  'every step can be read and reached with the largest letters on the smallest screen': {
    options: { viewport: { width: 320, height: 700 } },
    async go({ demo, page }) {
      const wrong = [];
      const look = async (step) => {
        const sideways = await overflow(page);
        if (sideways > 0) wrong.push(`step ${step} is ${sideways} px too wide`);
        const found = [
          ...(await smallLetters(page, 18)),
          ...(await smallTargets(page, 60)),
          ...(await cutHints(page)),
          ...(await violations(page)),
        ];
        wrong.push(...found.map((what) => `step ${step}: ${what}`));
      };
      await page.goto(`${demo.web}/h5/#/pages/help/help`);
      await page.evaluate(() => localStorage.setItem('appearance', JSON.stringify({ elder: true, size_px: 30 })));
      await page.reload();
      const pages = await begin(demo, page, '13955550009', '认证单位', look);
      await page.getByText('单位信息').waitFor();
      await look('3');
      await pages.button('提交审核').click();
      await page.getByText(/处需要填写或修改/).waitFor();
      await look('3, with what is missing');
      await pages.button('上一步').click();
      await page.getByRole('radio', { name: /^个人，/ }).click();
      await pages.button('下一步').click();
      await pages.field('姓名').fill('郑大字');
      await pages.button('完成注册').click();
      await page.getByText('注册成功').waitFor();
      await look('4');
      expect(wrong.join('\n')).toBe('');
    },
  },
};
