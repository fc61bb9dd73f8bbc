import { DESK, enterConsole } from '../console.mjs';
import { expect } from '../expect.mjs';
import { MAKER } from '../people.mjs';
import { signIn, waitForMessage } from '../pages.mjs';
import { PICTURE } from '../picture.mjs';

const UNIT = '示例锅炉制造有限公司';
const CERTIFICATE = 'TS2110A17-2026';

/** So many years from today, as a date field takes it. */
function dayIn(years) {
  const day = new Date();
  day.setFullYear(day.getFullYear() + years);
  return day.toISOString().slice(0, 10);
}

export default {
  'a manufacturer hands in a certificate, the registrar compares and approves, and it stands as valid': async ({
    demo,
    page,
    newPhone,
  }) => {
    const pages = await signIn(page, demo.web, MAKER, '/pages/unit/profile');
    await page.getByRole('button').filter({ hasText: '制造资质' }).first().click();
    await page.getByText('还没有申报制造资质').waitFor();
    await pages.button('申报制造资质').click();
    // Handing in nothing names what is missing.
    await pages.button('提交审核').click();
    await page.getByText('请上传许可证书，最多 5 个文件').first().waitFor();
    await page.getByRole('button', { name: /^制造类别 / }).click();
    await page.getByRole('radio', { name: '锅炉', exact: true }).click();
    await pages.field('证书编号').fill(CERTIFICATE);
    await pages.field('发证日期').fill(dayIn(-1));
    await pages.field('有效期至').fill(dayIn(1));
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: /：拍照或选图片$/ }).first().click(),
    ]);
    await chooser.setFiles({ name: '许可证书.png', mimeType: 'image/png', buffer: PICTURE });
    await page.getByText('已上传').first().waitFor();
    const handed = page.waitForResponse(
      (answer) => answer.request().method() === 'POST' && answer.url().endsWith('/qualifications'),
    );
    await pages.button('提交审核').click();
    expect((await handed).ok()).toBe(true);
    await page.getByText(CERTIFICATE).waitFor();

    const { context } = await newPhone(DESK);
    const desk = await context.newPage();
    const staff = await enterConsole(desk, demo, 'registrar', '/qualifications');
    await desk.getByRole('region', { name: '队列' }).getByRole('button').filter({ hasText: UNIT }).first().click();
    await desk.getByText('制造类别', { exact: true }).waitFor();
    await desk.getByText(CERTIFICATE).first().waitFor();
    await staff.button(/^通过/).click();
    const decided = desk.waitForResponse((answer) => answer.url().endsWith('/verdict'));
    await staff.dialog.getByRole('button', { name: '通过', exact: true }).click();
    expect((await decided).status()).toBe(200);
    await context.close();

    await page.reload();
    await page.getByText('已通过', { exact: true }).first().waitFor();
    await page.getByText(CERTIFICATE).waitFor();
    await waitForMessage(page, demo.web, page.getByText('制造资质审核结果'));
  },
};
