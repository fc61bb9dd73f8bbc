// A payer without his pages: what an officer finds on his desk is made through the payers' interface.

import { PASSWORD } from './people.mjs';

let keys = 0;

/** Signs a payer of the demonstration in for one of his units; he orders and pays by himself. */
export async function payer(demo, login, unit) {
  let cookie = '';
  async function ask(method, path, body) {
    const answer = await fetch(`${demo.web}/api/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'tejian', 'X-Client': 'h5', cookie },
      body: body && JSON.stringify(body),
    });
    const given = answer.headers.getSetCookie().map((one) => one.split(';')[0]);
    if (given.length > 0) cookie = given.join('; ');
    const json = await answer.json().catch(() => null);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }
  const session = await ask('POST', '/session/password', { login, password: PASSWORD });
  const chosen = session.units.find((one) => one.name === unit);
  if (session.unit?.id !== chosen.id) await ask('PUT', '/session/unit', { unit_id: chosen.id });

  return {
    ask,
    /** Confirms the first payable fees of his unit, or of those the first of a receipt class; the answer is the order. */
    async order(method, count = 1, delivery = { kind: 'electronic' }, receipt_class = null) {
      const { items } = await ask('GET', `/fees?limit=${receipt_class ? 50 : count}`);
      const fees = items.filter((fee) => !receipt_class || fee.receipt_class === receipt_class).slice(0, count);
      const made = await ask('POST', '/checkouts', {
        key: `browser-${process.pid}-${(keys += 1)}`,
        fee_ids: fees.map((fee) => fee.id),
        expected_amount_fen: fees.reduce((sum, fee) => sum + fee.amount_fen, 0),
        method,
        invoice: { title: { kind: 'individual', name: unit } },
        delivery,
      });
      return ask('GET', `/orders/${made.orders[0].id}`);
    },
    /** Pays an order by a code that his phone scans. */
    async pay(order) {
      const { code_url } = await ask('POST', `/orders/${order.id}/payments`, {
        key: `browser-pay-${process.pid}-${(keys += 1)}`,
        channel: 'native',
      });
      const { mp_openid: openid } = await demo.wechat.person(login);
      await demo.wechat.post('native/scan', { openid, code_url });
      await demo.wechat.post('native/pay', { openid, code_url });
    },
  };
}
