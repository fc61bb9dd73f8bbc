import { cutHints, overflow, smallLetters, smallTargets, violations } from '../accessibility.mjs';
import { expect } from '../expect.mjs';
import { signIn, turnTo } from '../pages.mjs';
import { FIRST, GROUP } from '../people.mjs';

/** Pages and a word that says they have arrived. */
const PAGES = [
  ['/pages/home/home', '缴款订单'],
  ['/pages/fees/fees', '全选'],
  ['/pages/confirm/confirm?all=1', '缴款方式'],
  ['/pages/orders/orders?tab=completed', '全部显示'],
  ['/pages/reports/reports', '报告编号 '],
  ['/pages/titles/titles', '添加抬头'],
  ['/pages/messages/messages', '消息'],
  ['/pages/me/me', '字号'],
  ['/pages/devices/devices', '最近使用'],
  ['/pages/password/password', '新密码'],
  ['/pages/guest/find', '凭编号就能付'],
  ['/pages/papers/receipts', '一次下载'],
  ['/pages/credit/credits', '欠费申请'],
  ['/pages/papers/vouchers', '领取凭证'],
  ['/pages/register/register', '用户注册协议'],
  ['/pages/register/mine', '注册单位或个人'],
  ['/pages/register/agreement', '办理业务必需'],
  ['/pages/register/consents', '第一次办理前'],
  ['/pages/unit/profile', '登记信息'],
  ['/pages/help/help', '怎么缴费'],
  ['/pages/privacy/privacy', '我们用哪些信息'],
  ['/pages/unit/members', '单位成员'],
  ['/pages/account/recover', '保存新密码'],
  ['/pages/account/phone', '现在的手机号'],
  ['/pages/account/question', '选择一个问题'],
  ['/pages/nope/nope', '没有这个页面'],
];

/** What the elder mode's sizes promise: letters, touch targets. */
const MODES = [
  { name: 'normal', size_px: 0, letters_px: 14, targets_px: 44 },
  { name: 'elder', size_px: 20, letters_px: 18, targets_px: 60 },
  { name: 'elder at its largest', size_px: 30, letters_px: 18, targets_px: 60 },
];

async function setMode(page, { size_px }) {
  const kept = { elder: size_px > 0, size_px: size_px || 20 };
  await page.evaluate((text) => window.localStorage.setItem('appearance', text), JSON.stringify(kept));
}

async function look(page, address, mode) {
  const wrong = [];
  for (const [path, word] of PAGES) {
    await page.goto(`${address}/h5/#${path}`);
    await page.reload();
    await page.getByText(word).first().waitFor();
    await page.waitForLoadState('networkidle');
    const sideways = await overflow(page);
    if (sideways > 0) wrong.push(`${path} is ${sideways} px too wide`);
    for (const letters of await smallLetters(page, mode.letters_px)) wrong.push(`${path} small letters: ${letters}`);
    for (const target of await smallTargets(page, mode.targets_px)) wrong.push(`${path} small target: ${target}`);
    for (const hint of await cutHints(page)) wrong.push(`${path} cut hint: ${hint}`);
    for (const violation of await violations(page)) wrong.push(`${path} ${violation}`);
  }
  expect(wrong.join('\n')).toBe('');
}

const journeys = {};
for (const mode of MODES) {
  journeys[`every page can be read, reached and spoken: ${mode.name}`] = async ({ demo, page }) => {
    const pages = await signIn(page, demo.web, FIRST, '/pages/fees/fees');
    await turnTo(pages, '示例物业001有限公司');
    await setMode(page, mode);
    await look(page, demo.web, mode);
  };
}

/** The longest name there is must not push anything off the screen. */
journeys['a name of 100 characters fits'] = async ({ demo, page }) => {
  const pages = await signIn(page, demo.web, GROUP, '/pages/fees/fees');
  await setMode(page, MODES[2]);
  await page.reload();
  await pages.unit.switch.click();
  await pages.unit.choice(/𠮷㛃/).click();
  await pages.unit.switch.filter({ hasText: '𠮷㛃' }).waitFor();
  expect(await overflow(page)).toBe(0);
};

export default journeys;
