import { DESK, enterConsole } from '../console.mjs';
import { expect } from '../expect.mjs';
import { pagesOf, signIn, waitForMessage } from '../pages.mjs';
import { PICTURE } from '../picture.mjs';

/** The unit account of the group with 2,000 payable reports. */
const GROUP_ACCOUNT = 'U016';

export default {
  'a unit asks for another legal representative, the registrar compares and approves, and the unit is told': async ({
    demo,
    page,
    newPhone,
  }) => {
    const pages = await signIn(page, demo.web, GROUP_ACCOUNT, '/pages/unit/change');
    await pages.field('法定代表人').fill('李新任');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: /：拍照或选图片$/ }).first().click(),
    ]);
    await chooser.setFiles({ name: '新执照.png', mimeType: 'image/png', buffer: PICTURE });
    await page.getByText('已上传').first().waitFor();
    const handed = page.waitForResponse((answer) => answer.request().method() === 'POST' && /unit-profile\/changes/.test(answer.url()));
    await pages.button('提交审核').click();
    expect((await handed).ok()).toBe(true);
    // The page leads back to where one came from, which here is nowhere: the home page.
    await page.waitForURL((address) => !address.hash.includes('/unit/change'));
    await page.goto(`${demo.web}/h5/#/pages/unit/profile`);
    await page.getByText(/变更申请/).first().waitFor();

    const { context } = await newPhone(DESK);
    const desk = await context.newPage();
    const staff = await enterConsole(desk, demo, 'registrar', '/profile_changes');
    await desk.getByPlaceholder('单位名称、信用代码').waitFor();
    await desk.getByRole('region', { name: '队列' }).getByRole('button').filter({ hasText: '示例物业集团' }).first().click();
    await staff.row('法定代表人').getByText('李新任').waitFor();
    await staff.button(/^通过/).click();
    const decided = desk.waitForResponse((answer) => answer.url().endsWith('/verdict'));
    await staff.dialog.getByRole('button', { name: '通过', exact: true }).click();
    expect((await decided).status()).toBe(200);
    await context.close();

    await page.goto(`${demo.web}/h5/#/pages/unit/profile`);
    await page.reload();
    await pagesOf(page).text('李新任').waitFor();
    await waitForMessage(page, demo.web, page.getByText('企业信息变更已通过'));
  },
};
