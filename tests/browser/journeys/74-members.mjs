import { expect } from '../expect.mjs';
import { pagesOf, readAndTick, signIn } from '../pages.mjs';
import { FIRST } from '../people.mjs';

/** The unit account of the group with 2,000 payable reports. */
const GROUP_ACCOUNT = 'U016';
const NEWCOMER = '13911110077';
const NEW_PASSWORD = 'another-2027';

/** Types a phone and the code that was sent to it. */
async function bySms(demo, pages, phone) {
  await pages.field('手机号').fill(phone);
  await pages.button('获取验证码').click();
  await pages.button(/秒后重发/).waitFor();
  const code = await expect.soon(() => demo.wechat.smsCode(phone));
  await pages.field('短信验证码').fill(code);
}

/** Makes an invitation on the page, and gives the address of the page it leads to. */
async function invite(demo, page, role) {
  const pages = await signIn(page, demo.web, GROUP_ACCOUNT, '/pages/unit/invite');
  await page.getByRole('radio', { name: new RegExp(`^${role}`) }).click();
  await pages.button('生成邀请').click();
  const text = await page.getByText(/\/pages\/unit\/accept\?token=/).first().textContent();
  return `${demo.web}/h5/#/pages/unit/accept?token=${/token=([\w-]+)/.exec(text)[1]}`;
}

export default {
  async 'a colleague is invited, accepts with his own phone, and pays; the link is then used up'({ demo, page, newPhone }) {
    const link = await invite(demo, page, '财务');
    const colleague = await newPhone();
    const theirs = await colleague.context.newPage();
    await theirs.goto(link);
    const pages = pagesOf(theirs);
    await pages.text('邀请您加入').waitFor();
    await pages.button('先登录，再接受').click();
    await bySms(demo, pages, NEWCOMER);
    await pages.button('登录').click();
    // Nobody joins who has not agreed to what everybody agrees to.
    await readAndTick(theirs);
    await pages.button('同意协议并接受邀请').click();
    await pages.text('缴款订单').waitFor();
    await theirs.goto(`${demo.web}/h5/#/pages/register/agreement`);
    await pages.text(/同意版本/).waitFor();
    expect(await theirs.getByText('还没有同意').count()).toBe(1);
    await theirs.goto(`${demo.web}/h5/#/pages/home/home`);
    await pages.text('示例物业集团').waitFor();
    await theirs.goto(`${demo.web}/h5/#/pages/fees/fees`);
    await pages.fees.row(/./).first().click();
    await pages.fees.pay.click();
    await pages.confirm.pay.waitFor();
    await theirs.getByText('示例物业集团').first().waitFor();
    await pages.confirm.pay.click();
    await pages.confirm.sure.click();
    await pages.pay.code.waitFor();
    const code_url = await pages.pay.code.getAttribute('data-code');
    const { mp_openid: openid } = await demo.wechat.person(FIRST);
    await demo.wechat.post('native/scan', { openid, code_url });
    await demo.wechat.post('native/pay', { openid, code_url });
    await pages.pay.success.waitFor();
    const third = await (await newPhone()).context.newPage();
    await third.goto(link);
    await pagesOf(third).text('这个邀请已经失效').waitFor();
    await page.goto(`${demo.web}/h5/#/pages/unit/members`);
    await pagesOf(page).text('139****0077').waitFor();
  },

  async 'who forgot his password sets a new one by SMS and is in with it'({ demo, page }) {
    await page.goto(`${demo.web}/h5/#/pages/login/login`);
    const pages = pagesOf(page);
    await page.getByRole('tab', { name: '密码' }).click();
    await pages.button('忘记密码？重设密码').click();
    await bySms(demo, pages, '13911110078');
    await pages.field('新密码').fill(NEW_PASSWORD);
    await pages.button('保存新密码').click();
    await page.waitForURL((url) => url.hash.includes('/login/'));
    await page.getByRole('tab', { name: '密码' }).click();
    await pages.field('手机号或单位账号').fill('13911110078');
    await pages.field('密码').fill(NEW_PASSWORD);
    await pages.button('登录').click();
    await pages.text('您名下还没有单位').waitFor();
  },

  async 'a sub-account chooses a password of its own before it sees anything'({ demo, page, newPhone }) {
    const made = await signIn(page, demo.web, GROUP_ACCOUNT.toLowerCase(), '/pages/unit/invite');
    await page.getByRole('tab', { name: '没有手机号' }).click();
    await made.field('姓名').fill('三车间老张');
    await made.field('登录名').fill('chang3');
    await made.button('新建子账号').click();
    await made.text('请把登录名和密码交给他').waitFor();
    const told = await page.getByText(/^chang3@/).first().textContent();
    const first = await page.getByText(/^[a-z]{5}[2-9]{5}$/).first().textContent();
    const theirs = await (await newPhone()).context.newPage();
    await theirs.goto(`${demo.web}/h5/#/pages/login/login?return_to=${encodeURIComponent('/pages/fees/fees')}`);
    const pages = pagesOf(theirs);
    await theirs.getByRole('tab', { name: '密码' }).click();
    await pages.field('手机号或单位账号').fill(told.trim());
    await pages.field('密码').fill(first.trim());
    await pages.button('登录').click();
    await pages.text('设置自己的密码').waitFor();
    // There is no way around it.
    await theirs.goto(`${demo.web}/h5/#/pages/orders/orders`);
    // The same page anew, which knows by now where he wanted to go.
    await theirs.waitForURL((url) => /^#\/pages\/password\/.*orders/.test(url.hash));
    await pages.text('设置自己的密码').waitFor();
    await pages.field('初始密码').fill(first.trim());
    await pages.field('新密码').fill(NEW_PASSWORD);
    await pages.field('再输一次新密码').fill(NEW_PASSWORD);
    await pages.button('保存').click();
    await readAndTick(theirs);
    await pages.button('同意并继续').click();
    // Back to where he wanted to go.
    await theirs.waitForURL((url) => url.hash.startsWith('#/pages/orders/'));
    await theirs.goto(`${demo.web}/h5/#/pages/me/me`);
    // What was said of the password before holds these words as well.
    await theirs.getByText('退出登录', { exact: true }).waitFor();
    expect(await theirs.getByText('更换手机号').count()).toBe(0);
  },

  async 'an administrator confirms the new phone of a colleague, who has a day to stop it'({ demo, page, newPhone }) {
    const phone = '13911110079';
    const link = await invite(demo, page, '财务');
    const { context } = await newPhone();
    const theirs = await context.newPage();
    await theirs.goto(link);
    const pages = pagesOf(theirs);
    await pages.button('先登录，再接受').click();
    await bySms(demo, pages, phone);
    await pages.button('登录').click();
    await readAndTick(theirs);
    await pages.button('同意协议并接受邀请').click();
    await pages.text('缴款订单').waitFor();

    // The old phone no longer gets messages: the unit's own people speak for him.
    await theirs.goto(`${demo.web}/h5/#/pages/account/phone`);
    await theirs.getByRole('tab', { name: '管理员确认' }).click();
    await pages.field('新手机号').fill('13911110080');
    await pages.button('获取验证码').click();
    await pages.field('新手机收到的验证码').fill(await expect.soon(() => demo.wechat.smsCode('13911110080')));
    await pages.button('提交给管理员').click();
    await pages.text('正在等管理员确认').waitFor();

    await page.goto(`${demo.web}/h5/#/pages/unit/members`);
    const owner = pagesOf(page);
    await owner.text(/要更换手机号/).waitFor();
    await owner.button('是他，确认').click();
    await owner.text('已确认，一天后生效').waitFor();

    // It is to happen a day from now, and no sooner; until then he can stop it.
    await theirs.reload();
    await pages.text('管理员已确认，还没有生效').waitFor();
    const session = await theirs.evaluate(() => fetch('/api/v1/phone-changes').then((answer) => answer.json()));
    const hours = (session.waiting.due_at - Date.now()) / 3_600_000;
    expect(hours > 23.5 && hours <= 24).toBe(true);
    await pages.text('139****0079').waitFor();
    await pages.button('停止更换').click();
    await pages.text('已停止，手机号没有更换').waitFor();
    await theirs.getByText('还没有生效').waitFor({ state: 'detached' });
    await context.close();
  },
};
