// The staff's console as an officer sees it: by words and roles.

import { createHmac } from 'node:crypto';

/** A PC screen in place of the phone. */
export const DESK = { viewport: { width: 1440, height: 900 }, timezoneId: 'Asia/Shanghai' };

/** The screen that an office has most often, with the menu unfolded. */
export const LAPTOP = { ...DESK, viewport: { width: 1280, height: 800 } };

/** A phone that an officer looks into the console with. */
export const POCKET = { ...DESK, viewport: { width: 390, height: 844 } };

/** Everybody's password in the demonstration. */
export const STAFF_PASSWORD = 'demo2026';

const STEP_MS = 30_000;

/** The code of an authenticator that holds `secret` (base 32). */
export function totp(secret, at_ms = Date.now()) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/=+$/, '')].map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at_ms / STEP_MS)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const at = hash[19] & 0xf;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** The secret that all authenticators of the demonstration hold (src/staff/demo.rs). */
const DEMO_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
/** A code may be one step early or late. */
const WINDOW = 1;
/** The last step whose code an officer gave. */
const given = new Map();

/**
 * A code of a demonstration officer that he has not given yet: a code works once, but the one before and the one after
 * the present one are good too, so that nobody has to wait for half a minute.
 */
export async function freshCode(demo, login) {
  const key = `${demo.web} ${login}`;
  const now = () => Math.floor(Date.now() / STEP_MS);
  const step = Math.max(now() - WINDOW, (given.get(key) ?? 0) + 1);
  given.set(key, step);
  while (step > now() + WINDOW) await new Promise((resolve) => setTimeout(resolve, 500));
  return totp(DEMO_SECRET, step * STEP_MS);
}

/** What is on the console's pages. */
export function consoleOf(page) {
  const button = (name) => page.getByRole('button', { name, exact: typeof name === 'string' });
  return {
    button,
    menu: page.getByRole('navigation', { name: '主菜单' }),
    entry: (name) => page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name }),
    title: (name) => page.getByRole('heading', { level: 1, name }),
    row: (words) => page.getByRole('row').filter({ hasText: words }).first(),
    // Not the grey bars that stand there until the list has come.
    rows: page.locator('tbody tr:not([aria-hidden])'),
    dialog: page.getByRole('dialog').filter({ visible: true }),
    search: page.getByRole('combobox', { name: /^搜索一切/ }),
    field: (label) => page.getByLabel(label, { exact: true }),
  };
}

/** Types the first factor. */
export async function givePassword(page, demo, login, password = STAFF_PASSWORD, path = '/') {
  await page.goto(`${demo.web}/console${path}`);
  await page.getByLabel('工号', { exact: true }).fill(login);
  await page.getByLabel('密码', { exact: true }).fill(password);
  await page.getByRole('button', { name: '下一步' }).click();
}

/** The demonstration used codes of some officers itself while it was prepared. */
const TRIES_MAX = 3;

/** Cookies of officers who went in before. */
const inside = new Map();

/** Goes the whole way in as an officer of the demonstration. */
export async function signInToConsole(page, demo, login, path = '/') {
  await givePassword(page, demo, login, STAFF_PASSWORD, path);
  const desk = consoleOf(page);
  const field = desk.field('动态验证码');
  await field.waitFor();
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    await field.fill(await freshCode(demo, login));
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/session/totp'));
    await desk.button('登录').click();
    if ((await answered).ok()) break;
  }
  await desk.menu.waitFor();
  return desk;
}

/** Opens a page of the console as an officer, who signs in only the first time. */
export async function enterConsole(page, demo, login, path = '/') {
  const key = `${demo.web} ${login}`;
  if (!inside.has(key)) {
    const desk = await signInToConsole(page, demo, login, path);
    inside.set(key, (await page.context().cookies()).filter(({ name }) => name === 'tejian_staff'));
    return desk;
  }
  await page.context().addCookies(inside.get(key));
  await page.goto(`${demo.web}/console${path}`);
  const desk = consoleOf(page);
  await desk.menu.waitFor();
  return desk;
}

/** Answers the dialog that asks the officer to prove himself, if it comes before `until` does. */
export async function proveIfAsked(page, demo, login, until) {
  const asked = page.getByRole('dialog', { name: '请再确认一次您的身份' });
  await asked.or(until).first().waitFor();
  if (!(await asked.isVisible())) return;
  const refused = asked.getByText('动态码不对');
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const code = await freshCode(demo, login);
    await asked.getByLabel('密码', { exact: true }).fill(STAFF_PASSWORD);
    await asked.getByLabel('动态验证码', { exact: true }).fill(code);
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/session/step-up'));
    await asked.getByRole('button', { name: '确认并继续' }).click();
    if ((await answered).ok()) break;
    await refused.waitFor();
  }
  await until.waitFor();
}

/** Compares a day, also once more: what comes out of it stands there when the page says that it is done. */
export async function compareDay(page) {
  await page.getByRole('button', { name: /^(开始|重新)核对$/ }).click();
  await page.getByRole('alert').filter({ hasText: '已核对' }).waitFor();
}

/** Another officer at another desk. */
export async function elsewhere(demo, newPhone, login, path) {
  const { context } = await newPhone(DESK);
  const page = await context.newPage();
  return { context, page, pages: await enterConsole(page, demo, login, path) };
}

/** Agrees to what waits under these words at a desk where two people decide; `act` is what the button says. */
export async function agree(demo, { page, pages }, login, words, act, opinion) {
  await page.getByRole('region', { name: '队列' }).getByRole('button').filter({ hasText: words }).first().click();
  await pages.button(new RegExp(`^${act}`)).click();
  await pages.dialog.getByRole('textbox').fill(opinion);
  await pages.dialog.getByRole('button', { name: act, exact: true }).click();
  await proveIfAsked(page, demo, login, page.getByText(`已处理：${act}`));
}

/** Signs in for the first time, binds an authenticator and chooses an own password. */
export async function makeOwn(page, demo, login, first_password) {
  await givePassword(page, demo, login, first_password);
  await page.getByRole('img', { name: '绑定验证器的二维码' }).waitFor();
  const secret = (await page.locator('.secret .code').innerText()).trim();
  await page.getByLabel('验证器显示的 6 位数字').fill(totp(secret));
  await page.getByRole('button', { name: '确认绑定' }).click();
  await page.getByLabel('我已把恢复码保存在安全的地方').check();
  await page.getByRole('button', { name: '进入业务台' }).click();
  await page.getByLabel('现在的密码', { exact: true }).fill(first_password);
  for (const label of ['新密码', '再输一次']) await page.getByLabel(label, { exact: true }).fill('browser-2026');
  await page.getByRole('button', { name: '修改密码' }).click();
  await page.getByText('您的账号刚开通').waitFor();
}
