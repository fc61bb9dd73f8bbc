import { agree, DESK, elsewhere, enterConsole, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';
import { signIn, turnTo, waitForMessage } from '../pages.mjs';
import { payer } from '../payer.mjs';
import { GROUP } from '../people.mjs';

const UNIT = '示例物业集团有限公司';
const yuan = (fen) => (fen / 100).toFixed(2);
/** As the console shows it: 2,090.00. */
const shown = (fen) => (fen / 100).toLocaleString('en', { minimumFractionDigits: 2 });

/** Two that pay twice, and close the account that they paid from. A name as long as they are. */
const MOVED = {
  name: '浏览器换户（成都）特种设备安装工程技术服务有限责任公司第三分公司',
  account: '6222020200110000111',
  serial: 'BR-MOVED',
};
const KEPT = { name: '浏览器留款公司', account: '6222020200110000222', serial: 'BR-KEPT' };
const NEW = { account: '6228480402564890018', bank: '中国农业银行成都锦城支行' };
const masked = (account) => `${account.slice(0, 4)}${'*'.repeat(account.length - 8)}${account.slice(-4)}`;

const MOVE_REASON = '原账户已销户，付款人书面提供新账户';
const KEEP_REASON = '原账户已销户，款项留待付款人处理';
const ASKED = '申请已提交，等待另一人同意；在此之前不要转账';
const OPINION = '已向付款人核实，出纳还没有转账';

/** What a fact of a case or an account is. */
const fact = (root, name, value) =>
  root
    .locator('dl > div')
    .filter({ has: root.page().getByText(name, { exact: true }) })
    .getByRole('definition')
    .filter({ hasText: value })
    .first();

const changeButtons = (panel) => panel.getByRole('button', { name: /^(换账户|取消退回)$/ });

/** The panel of a second transfer. */
async function openLine(demo, page, from) {
  await page.goto(`${demo.web}/console/bank?state=all&q=${from.serial}-2`);
  const panel = page.getByRole('complementary', { name: '这笔到账' });
  await panel.getByText(`${from.serial}-2`).waitFor();
  return panel;
}

/** The refund of an order in the list of all. */
async function openRefund(demo, page, order) {
  await page.goto(`${demo.web}/console/refunds?view=all&q=${order.order_no}`);
  return page.getByRole('row').filter({ hasText: order.order_no });
}

/** What waits for a second person under this payer's name, at one of the desks of refunds. */
async function openCase(demo, page, desk, { name }) {
  await page.goto(`${demo.web}/console/${desk}`);
  await page.getByRole('region', { name: '队列' }).getByRole('button').filter({ hasText: name }).click();
  const its = page.locator('.case').first();
  await fact(its, '付款人', name).waitFor();
  return its;
}

/** Both transfers of both payers come in; the first of each pays its order. */
async function payTwice(demo, { page, pages }, unit, payers) {
  const lines = [];
  for (const { from, order } of payers) {
    const code = await expect.soon(
      async () => (await unit.ask('GET', `/orders/${order.id}`)).payment_notice?.payment_code,
    );
    for (const nth of [1, 2])
      lines.push(['2026-11-20', yuan(order.amount_fen), from.name, from.account, code, `${from.serial}-${nth}`].join(','));
  }
  const text = ['交易日期,贷方发生额,对方户名,对方账号,摘要,交易流水号', ...lines].join('\n');
  await pages.button('上传对账单').click();
  await page
    .getByLabel('选择银行对账单文件')
    .setInputFiles({ name: '销户.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByText('已导入 4 笔新到账').waitFor();
  for (const { order } of payers)
    await expect.soon(async () => ['paid', 'completed'].includes((await unit.ask('GET', `/orders/${order.id}`)).state));
}

/** The second transfer is to go back, and another officer agrees to it. Until then there is nothing to change. */
async function decideReturn(demo, { page, pages }, second, { from, order }) {
  const panel = await openLine(demo, page, from);
  await pages.button(`申请退回 ${order.order_no}`).click();
  await pages.dialog.getByText(`附言写订单 ${order.order_no} 的到账，把未认领的 ${shown(order.amount_fen)} 元退回 ${from.name}`).waitFor();
  await pages.dialog.getByRole('button', { name: '重复转账，退回付款人' }).click();
  await pages.dialog.getByRole('button', { name: '提交申请' }).click();
  await proveIfAsked(page, demo, 'cashier', panel.getByRole('heading', { name: '退回付款人' }));
  expect(await changeButtons(panel).count()).toBe(0);
  await openCase(demo, second.page, 'line_returns', from);
  await agree(demo, second, 'reviewer2', from.name, '同意退回', '已核实是重复转账');
}

/** The cashier asks for another account; one that cannot be one is refused beside its field. */
async function askForAnotherAccount(demo, { page, pages }, { from, order }) {
  const panel = await openLine(demo, page, from);
  await panel.getByText('待退回', { exact: true }).waitFor();
  await panel.getByText('待银行退款').waitFor();
  await panel.getByRole('button', { name: '换账户' }).click();
  const dialog = page.getByRole('dialog', { name: '换退回账户' });
  await dialog.getByText(`已同意退回的 ${shown(order.amount_fen)} 元改退到下面的账户。`).waitFor();
  const hand_in = dialog.getByRole('button', { name: '提交申请' });
  expect(await dialog.getByLabel('收款户名').inputValue()).toBe(from.name);
  expect(await hand_in.isDisabled()).toBe(true);
  await dialog.getByLabel('收款账号').fill('12');
  await dialog.getByRole('button', { name: MOVE_REASON }).click();
  await hand_in.click();
  await proveIfAsked(page, demo, 'cashier', dialog.getByText('请填写账号（8–32 位数字或字母）'));
  // As it stands in a letter: in groups of four.
  await dialog.getByLabel('收款账号').fill(NEW.account.replace(/(\d{4})(?=\d)/g, '$1 '));
  await dialog.getByLabel(/^开户行/).fill(NEW.bank);
  await hand_in.click();
  await proveIfAsked(page, demo, 'cashier', page.getByText(ASKED));
  await panel.getByText('换账户待审批').waitFor();
  expect(await changeButtons(panel).count()).toBe(0);

  // Nobody is offered to register a payout meanwhile.
  const refund = await openRefund(demo, page, order);
  await refund.getByText('换账户待审批').waitFor();
  expect(await pages.button(`登记银行退款 ${order.order_no}`).count()).toBe(0);
}

/** Another officer sees both accounts in full, and agrees. */
async function agreeToTheAccount(demo, second, { from }) {
  const { page, pages } = second;
  const its = await openCase(demo, page, 'line_return_changes', from);
  await fact(its, '申请', '换账户').waitFor();
  await fact(its, '申请人', '纳二').waitFor();
  await fact(its, '原因', MOVE_REASON).waitFor();
  await fact(its, '原收款账号', from.account).waitFor();
  await fact(its, '新收款户名', from.name).waitFor();
  await fact(its, '新收款账号', NEW.account).waitFor();
  await fact(its, '新开户行', NEW.bank).waitFor();
  await pages.button(/^不同意/).click();
  await pages.dialog.getByText('请写明为什么不同意，会留在记录里。').waitFor();
  expect(await pages.dialog.getByRole('button', { name: '不同意', exact: true }).isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
  await pages.dialog.waitFor({ state: 'detached' });
  await agree(demo, second, 'reviewer2', from.name, '同意变更', OPINION);
  await page.getByText(`复四已通过：${OPINION}`).waitFor();
  await fact(its, '来源', '纳二申请更换，另一位同事已同意').waitFor();
  await fact(its, '收款账号', NEW.account).waitFor();
  expect(await its.getByText('先不要转账').count()).toBe(0);
}

/** Whoever typed the account does not register the payout. */
async function isRefusedToWhoTypedIt(demo, { page, pages }, { order }) {
  const refund = await openRefund(demo, page, order);
  await refund.getByText('待银行退款').waitFor();
  await pages.button(`登记银行退款 ${order.order_no}`).click();
  await pages.dialog.getByRole('button', { name: '查看收款账户' }).click();
  await fact(pages.dialog, '来源', '您申请更换的，须由另一位同事核对并登记银行退款').waitFor();
  await pages.dialog.getByLabel('银行流水号').fill('BR-OWN');
  await pages.dialog.getByRole('button', { name: '登记', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: '登记银行退款' });
  const refused = dialog.getByText('收款账户是您填写的，不能由您自己登记银行退款，没有登记');
  await proveIfAsked(page, demo, 'cashier', refused);
}

/** Nor does anybody who has not looked at the new account; then it is registered. */
async function payOut(demo, { page, pages }, { from, order }) {
  const refund = await openRefund(demo, page, order);
  await pages.button(`登记银行退款 ${order.order_no}`).click();
  const dialog = page.getByRole('dialog', { name: '登记银行退款' });
  await dialog.getByText(`在网银把 ${shown(order.amount_fen)} 元退给付款人之后`).waitFor();
  await dialog.getByLabel('银行流水号').fill('BR-MOVED-BACK');
  const register = dialog.getByRole('button', { name: '登记', exact: true });
  await register.click();
  await proveIfAsked(page, demo, 'finance', dialog.getByText('收款账户换过，您还没有查看现在的账户，没有登记'));
  await dialog.getByRole('button', { name: '查看收款账户' }).click();
  await fact(dialog, '收款户名', from.name).waitFor();
  await fact(dialog, '收款账号', NEW.account).waitFor();
  await fact(dialog, '开户行', NEW.bank).waitFor();
  await fact(dialog, '来源', '纳二申请更换，另一位同事已同意').waitFor();
  await fact(dialog, '付款账号', from.account).waitFor();
  await dialog.getByText('收款账户不是付款时的账户，请先向付款单位核实。').waitFor();
  await register.click();
  await proveIfAsked(page, demo, 'finance', page.getByText('已登记，缴款人在订单里可以看到'));
  await refund.getByText('已退款').waitFor();
  expect(await pages.button(`登记银行退款 ${order.order_no}`).count()).toBe(0);

  const panel = await openLine(demo, page, from);
  await panel.getByText('已退回', { exact: true }).waitFor();
  await panel.getByText(`换到 ${from.name} ${masked(NEW.account)}`).waitFor();
  expect(await changeButtons(panel).count()).toBe(0);
}

/** The finance manager asks for no return at all: he decides on what others ask for, not on this. */
async function askToCallOff(demo, { page, pages }, { from, order }) {
  const panel = await openLine(demo, page, from);
  await panel.getByRole('button', { name: '取消退回' }).click();
  const dialog = page.getByRole('dialog', { name: '取消退回' });
  await dialog.getByText(`${shown(order.amount_fen)} 元不再退回${from.name}。`).waitFor();
  expect(await dialog.getByLabel('收款账号').count()).toBe(0);
  await dialog.getByRole('button', { name: KEEP_REASON }).click();
  await dialog.getByRole('button', { name: '提交申请' }).click();
  await proveIfAsked(page, demo, 'finance', page.getByText(ASKED));
  await panel.getByText('取消退回待审批').waitFor();
  await panel.getByText('待退回', { exact: true }).waitFor();
  await openCase(demo, page, 'line_return_changes', from);
  await page.getByText('不能审核自己提交的事项').waitFor();
  for (const act of [/^同意变更/, /^不同意/]) expect(await pages.button(act).isDisabled()).toBe(true);
}

/** Another officer agrees; after that it goes to no account. */
async function agreeToCallOff(demo, second, { from }) {
  const { page } = second;
  const its = await openCase(demo, page, 'line_return_changes', from);
  await fact(its, '申请', '取消退回').waitFor();
  await fact(its, '申请人', '管五').waitFor();
  await fact(its, '原因', KEEP_REASON).waitFor();
  await fact(its, '付款账号', masked(from.account)).waitFor();
  expect(await its.getByText('新收款账号').count()).toBe(0);
  await agree(demo, second, 'reviewer2', from.name, '同意变更', OPINION);
  await page.getByText(`复四已通过：${OPINION}`).waitFor();
  await page.getByRole('heading', { name: '退到哪个账户' }).waitFor({ state: 'detached' });
}

/** All of it waits to be claimed again, and nothing is left to pay out. */
async function waitsToBeClaimed(demo, { page, pages }, { from, order }) {
  await page.goto(`${demo.web}/console/bank?q=${from.serial}-2`);
  const line = pages.row(from.name);
  await line.getByText('待认领', { exact: true }).waitFor();
  await line.getByText(shown(order.amount_fen)).waitFor();
  const panel = page.getByRole('complementary', { name: '这笔到账' });
  await panel.getByText('已取消退回').waitFor();
  await panel.getByText('没有其他线索。重复转账请在上面申请退回').waitFor();
  await panel.getByRole('combobox', { name: '另找订单' }).waitFor();
  await pages.button(`申请退回 ${order.order_no}`).waitFor();
  expect(await changeButtons(panel).count()).toBe(0);
  const refund = await openRefund(demo, page, order);
  await refund.getByText('已取消退回').waitFor();
  expect(await pages.button(`登记银行退款 ${order.order_no}`).count()).toBe(0);
}

/** The payers of the unit read what became of both. */
async function payerIsTold(demo, newPhone, moved, kept) {
  const { context } = await newPhone();
  const page = await context.newPage();
  const pages = await signIn(page, demo.web, GROUP, '/pages/fees/fees');
  await turnTo(pages, UNIT);
  const message = (title, { order }) =>
    page.getByRole('button').filter({ hasText: title }).filter({ hasText: order.order_no }).filter({
      hasText: shown(order.amount_fen),
    });
  await waitForMessage(page, demo.web, message('一笔款项已由银行转账退回', moved));
  await message('一笔款项已由银行转账退回', moved).getByText(`退到尾号 ${NEW.account.slice(-4)} 的账户`).waitFor();
  const called_off = message('一笔款项的退回已取消', kept);
  await called_off.getByText(`没有退回：${KEEP_REASON}。款项仍在我方账户`).waitFor();
  await called_off.click();
  await pages.text('办理进度').waitFor();
  await pages.text(`多收的转账 ${shown(kept.order.amount_fen)} 元：${KEEP_REASON}`).waitFor();
  await context.close();
}

export default {
  'console: a decided return whose sender closed his account goes to another one, or is called off and told to the payer': {
    options: DESK,
    async go({ demo, page, newPhone }) {
      const unit = await payer(demo, GROUP, UNIT);
      const moved = { from: MOVED, order: await unit.order('transfer') };
      const kept = { from: KEPT, order: await unit.order('transfer', 2) };
      const cashier = { page, pages: await enterConsole(page, demo, 'cashier', '/bank') };
      await payTwice(demo, cashier, unit, [moved, kept]);
      const second = await elsewhere(demo, newPhone, 'reviewer2', '/');
      for (const one of [moved, kept]) await decideReturn(demo, cashier, second, one);

      // It may be changed by whoever may ask for a refund: neither by who only decides nor at the counter.
      const counter = await elsewhere(demo, newPhone, 'counter', '/');
      for (const other of [second, counter]) {
        const panel = await openLine(demo, other.page, MOVED);
        await panel.getByText('待银行退款').waitFor();
        expect(await changeButtons(panel).count()).toBe(0);
      }

      await askForAnotherAccount(demo, cashier, moved);
      await agreeToTheAccount(demo, second, moved);
      await isRefusedToWhoTypedIt(demo, cashier, moved);
      const third = await elsewhere(demo, newPhone, 'finance', '/');
      await payOut(demo, third, moved);

      await askToCallOff(demo, third, kept);
      await agreeToCallOff(demo, second, kept);
      await waitsToBeClaimed(demo, cashier, kept);
      await payerIsTold(demo, newPhone, moved, kept);
      // What went back, or did not, was the second transfer of each: both orders stay paid.
      for (const { order } of [moved, kept])
        expect(['paid', 'completed'].includes((await unit.ask('GET', `/orders/${order.id}`)).state)).toBe(true);
      for (const { context } of [second, counter, third]) await context.close();
    },
  },
};
