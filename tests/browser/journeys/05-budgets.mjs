import { expect } from '../expect.mjs';
import { pagesOf } from '../pages.mjs';
import { FIRST } from '../people.mjs';
import { Person } from '../person.mjs';

/** Both simulated phones stand side by side. */
const options = { viewport: { width: 1100, height: 900 } };
/** Two units of one name, told apart by what they owe; no other journey pays for them. */
const UNIT = '示例物业005有限公司';

/** Picks up the phone of the property manager, who follows the account and got a message about `owed`. */
async function pickUp(demo, page, owed) {
  const { mp_openid: openid } = await demo.wechat.person(FIRST);
  await demo.wechat.post('holder', { phone: 1, openid });
  await page.goto(demo.phones);
  const pages = pagesOf(page.frameLocator('iframe[title="网页"]'));
  const phone = {
    // 微信支付 names the account as well, in the line below its own.
    chat: page.getByRole('button', { name: /特检缴费/ }).filter({ hasNotText: '微信支付' }).first(),
    payable: page.locator('button.card').filter({ hasText: '缴费通知' }).filter({ hasText: UNIT }).filter({ hasText: owed }),
    menu: page.getByRole('button', { name: '缴费', exact: true }),
    sheet: page.getByRole('button', { name: '确认支付' }),
    paid: page.getByText('支付成功').first(),
    done: page.getByRole('button', { name: '完成' }),
  };
  return { phone, pages, person: new Person(page) };
}

/** What WeChat shows after the fingerprint, and what the page says once the server knows. */
async function seePaid({ phone, pages }) {
  await phone.paid.waitFor();
  await phone.done.click();
  await pages.pay.success.waitFor();
}

const within = ({ taps, characters }, taps_max) => {
  expect(`${taps} taps, ${characters} characters`).toBe(`${taps_max} taps, 0 characters`);
};

export default {
  'from the pushed message to paid: three taps, no character': {
    options,
    async go({ demo, page }) {
      const { phone, pages, person } = await pickUp(demo, page, '605.00元');
      await phone.chat.click();
      await phone.payable.waitFor();
      person.startCounting();
      await person.tap(phone.payable);
      await person.tap(pages.confirm.pay);
      await person.tap(phone.sheet);
      await seePaid({ phone, pages });
      within(person, 3);
    },
  },

  'from the list of chats by the menu to paid: five taps, no character': {
    options,
    async go({ demo, page }) {
      const { phone, pages, person } = await pickUp(demo, page, '660.00元');
      // Who pays from the menu pays for the unit acted for last.
      await phone.chat.click();
      await phone.payable.click();
      await pages.confirm.pay.waitFor();
      await page.reload();
      person.startCounting();
      await person.tap(phone.chat);
      await person.tap(phone.menu);
      await person.tap(pages.home.payAll);
      await person.tap(pages.confirm.pay);
      await person.tap(phone.sheet);
      await seePaid({ phone, pages });
      within(person, 5);
    },
  },
};
