// The H5 pages as a person sees them: by words and roles, never by the names in our code.

import { expect } from './expect.mjs';
import { PASSWORD } from './people.mjs';

/** A message that has come stands in the list within this time. */
const LOOK_MS = 5_000;

/** The pages below `root` (a page, or the frame of the WeChat browser). */
export function pagesOf(root) {
  const button = (name) => root.getByRole('button', { name, exact: true });
  return {
    button,
    text: (words) => root.getByText(words).first(),
    field: (label) => root.getByLabel(label, { exact: true }),
    home: { payAll: button(/^去缴费 ¥/), pick: button(/去挑选/), elder: root.getByRole('switch') },
    fees: {
      row: (words) => root.getByRole('checkbox', { name: words }),
      all: root.getByRole('checkbox', { name: /^全选/ }),
      search: root.getByLabel(/单位名称/),
      pay: button(/^去缴费$/),
      sum: root.getByText(/^已选 \d+ 份$/),
    },
    confirm: { pay: button(/^去支付 ¥/), unfold: button(/^展开缴费报告清单/), sure: button('确认无误') },
    pay: {
      success: root.getByText('支付成功').first(),
      code: root.getByRole('img', { name: /付款二维码/ }),
    },
    unit: { switch: button(/点这里切换/), choice: (name) => root.getByRole('radio', { name }) },
  };
}

/**
 * Has the browser say that its owner saves data: then the pages fetch nothing ahead. They do that some seconds after they
 * were opened, and what has happened by then is not the same on every machine.
 */
export function savesData(context) {
  return context.addInitScript(() => Object.defineProperty(navigator.connection, 'saveData', { get: () => true }));
}

/** Opens the messages until this one is among them: it is written a moment after what it tells of. */
export async function waitForMessage(page, address, message) {
  await page.goto(`${address}/h5/#/pages/messages/messages`);
  await expect.soon(async () => {
    const has_come = await message.first().waitFor({ timeout: LOOK_MS }).then(() => true, () => false);
    if (!has_come) await page.reload();
    return has_come;
  });
}

/** Reads what has to be agreed to for as long as the server wants, and ticks it. */
export async function readAndTick(page) {
  await page.getByText('《用户注册协议》').first().waitFor();
  await page.getByText(/秒后可以勾选/).waitFor({ state: 'detached' });
  await page.getByRole('checkbox', { name: '我已阅读并同意以上协议' }).click();
}

/** Signs in with the password on the login page. */
export async function signIn(page, address, login, return_to = '/pages/home/home') {
  await page.goto(`${address}/h5/#/pages/login/login?return_to=${encodeURIComponent(return_to)}`);
  const pages = pagesOf(page);
  await page.getByRole('tab', { name: '密码' }).click();
  await pages.field('手机号或单位账号').fill(login);
  await pages.field('密码').fill(PASSWORD);
  await pages.button('登录').click();
  await page.waitForURL((url) => !url.hash.includes('/login/'));
  return pages;
}

/** Opens a page in the WeChat browser of the phone that `login` holds; the first time one has to sign in. */
export async function enterInWechat(page, demo, login, path) {
  const { mp_openid: openid } = await demo.wechat.person(login);
  await demo.wechat.post('holder', { phone: 1, openid });
  await page.goto(`${demo.wechat.browser}/h5/#${path}`);
  const pages = pagesOf(page);
  const asked = page.getByRole('tab', { name: '密码' });
  const known = page.getByText(/当前单位|^示例/).first();
  await asked.or(known).first().waitFor();
  if (await asked.count()) await signIn(page, demo.wechat.browser, login, path);
  return pages;
}

/** Turns to one of the person's units. */
export async function turnTo(pages, name) {
  await pages.unit.switch.waitFor();
  if (await pages.unit.switch.filter({ hasText: name }).count()) return;
  await pages.unit.switch.click();
  await pages.unit.choice(name).click();
  await pages.unit.switch.filter({ hasText: name }).waitFor();
}
