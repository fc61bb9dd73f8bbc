import { expect } from '../expect.mjs';
import { signIn, turnTo } from '../pages.mjs';
import { FIRST } from '../people.mjs';

const UNIT = '示例物业001有限公司';

async function receipts(demo, page) {
  const pages = await signIn(page, demo.web, FIRST, '/pages/home/home');
  await turnTo(pages, UNIT);
  await page.getByRole('button', { name: /^票据 可发到邮箱/ }).click();
  await pages.text('一次下载').waitFor();
  return pages;
}

/** The bytes that a tap offers for keeping. */
async function kept(page, button) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
}

export default {
  async 'receipts of a year: one by mail, all as one archive, the statement as a spreadsheet and on paper'({ demo, page }) {
    const pages = await receipts(demo, page);
    await pages.button('发到邮箱').first().click();
    await pages.field('邮箱').fill('caiwu@example.cn');
    await pages.button('发送').click();
    await page.getByText(/^邮件 c.*@.*：/).first().waitFor();
    const zip = await kept(page, pages.button('全部票据（ZIP）'));
    expect(zip.bytes.subarray(0, 2).toString()).toBe('PK');
    const sheet = await kept(page, pages.button('缴费对账单（Excel）'));
    expect(sheet.name).toMatch(/\.xlsx$/);
    expect(sheet.bytes.subarray(0, 2).toString()).toBe('PK');
    await pages.button('缴费对账单（PDF）').click();
    await page.waitForURL(/\/files\//);
    expect(await (await fetch(page.url())).text().then((text) => text.slice(0, 5))).toBe('%PDF-');
    // The mailbox beside the phones.
    await page.goto(`${demo.phones}/mail`);
    await page.getByText('收件人 caiwu@example.cn').first().click();
    const receipt = await kept(page, page.locator('details[open]').getByRole('link', { name: /\.pdf（/ }).first());
    expect(receipt.bytes.subarray(0, 4).toString()).toBe('%PDF');
  },
};
