// The pay sheet, the number pad and the page 支付成功.

import { h, icon, yuan } from '/phone/dom.js';

/**
 * Shows the sheet for `view` and pays by `pay`; gives ok, cancel or fail.
 * One touch of 确认支付 is the fingerprint; the number pad is the other way.
 */
export function paySheet(phone, view, pay) {
  return new Promise(resolve => {
    const shade = h('div.shade');
    const finish = result => { shade.remove(); resolve(result); };
    const run = async () => {
      shade.replaceChildren(h('div.sheet.busy', h('div.spinner'), h('p', '正在支付…')));
      try {
        const paid = await pay();
        shade.remove();
        success(phone, view, paid, () => resolve('ok'));
      } catch (error) {
        shade.remove();
        phone.alert(error.message);
        resolve('fail');
      }
    };
    shade.append(confirmSheet(view, run, () => finish('cancel'), () => {
      shade.replaceChildren(passwordSheet(view, run, () => finish('cancel')));
    }));
    phone.over.append(shade);
  });
}

function head(title, cancel) {
  return h('header.sheethead', h('button', { 'aria-label': '取消支付', onclick: cancel }, icon('close')), h('h2', title), h('span'));
}

function sums(view) {
  return [h('p.to', view.mch_name), h('p.amount', h('small', '¥'), yuan(view.amount_fen)), h('p.what', view.description)];
}

function confirmSheet(view, run, cancel, password) {
  return h('div.sheet.pay', { role: 'dialog', 'aria-label': '确认支付' }, head('付款', cancel), sums(view),
    h('div.method', h('span', '支付方式'), h('b', '零钱'), icon('right')),
    h('button.primary', { 'data-act': 'confirm-pay', onclick: run }, icon('finger'), '确认支付'),
    h('button.link', { onclick: password }, '使用密码支付'));
}

function passwordSheet(view, run, cancel) {
  let typed = 0;
  const dots = h('div.dots', { 'aria-label': '支付密码' }, Array.from({ length: 6 }, () => h('i')));
  const draw = () => [...dots.children].forEach((dot, index) => dot.classList.toggle('on', index < typed));
  const key = label => h('button', {
    onclick: () => {
      typed = label === '⌫' ? Math.max(0, typed - 1) : typed + 1;
      draw();
      if (typed === 6) run();
    },
    disabled: label === '',
    'aria-label': label === '⌫' ? '删除' : label,
  }, label);
  const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0', '⌫'];
  return h('div.sheet.pay', { role: 'dialog', 'aria-label': '输入支付密码' }, head('请输入支付密码', cancel), sums(view),
    dots, h('div.pad', keys.map(key)));
}

function success(phone, view, paid, done) {
  const page = h('div.paid', { role: 'dialog', 'aria-label': '支付成功' },
    h('div.tick', icon('check')), h('h2', '支付成功'),
    h('p.to', view.mch_name), h('p.amount', h('small', '¥'), yuan(paid.payer_total_fen)),
    paid.payer_total_fen < view.amount_fen && h('p.what', `已优惠 ¥${yuan(view.amount_fen - paid.payer_total_fen)}`),
    h('button', { 'data-act': 'paid-done', onclick: () => { page.remove(); done(); } }, '完成'));
  phone.over.append(page);
}
