// Beside the phones: who holds them, the clock, what goes wrong, what goes over the wire.

import { h, clock } from '/phone/dom.js';
import { act } from '/phone/server.js';

const once = path => ({ path_prefix: path, left: 1 });

/** Label, whether it is on, and the change that switches it. */
const SWITCHES = [
  ['通知', [
    ['每条通知重复两次', f => f.notice_duplicates > 0, on => ({ notice_duplicates: on ? 2 : 0 })],
    ['重复的通知同时到达', f => f.notice_duplicates_parallel, on => ({ notice_duplicates_parallel: on })],
    ['通知迟到 30 秒', f => f.notice_delay_s > 0, on => ({ notice_delay_s: on ? 30 : 0 })],
    ['通知倒序', f => f.notice_reversed, on => ({ notice_reversed: on })],
    ['下一条通知丢失', f => f.notice_lost_next > 0, on => ({ notice_lost_next: on ? 1 : 0 })],
    ['下一条通知签名错误', f => f.notice_wrong_signature_next > 0, on => ({ notice_wrong_signature_next: on ? 1 : 0 })],
    ['下一条通知是签名探测', f => f.notice_probe_next > 0, on => ({ notice_probe_next: on ? 1 : 0 })],
    ['通知金额被改（签名有效）', f => Boolean(f.tamper), on => ({ tamper: on ? { amount_delta_fen: -100 } : null })],
  ]],
  ['支付', [
    ['付款先于下单应答', f => Boolean(f.notify_before_answer_by), (on, me) => ({ notify_before_answer_by: on ? me : null })],
    ['关单瞬间被付款', f => Boolean(f.paid_at_close_by), (on, me) => ({ paid_at_close_by: on ? me : null })],
    ['下一次下单 500', f => f.refusals.some(r => r.left > 0), on => ({ refusals: on ? [{ ...once('/v3/pay/transactions/'), status: 500, code: 'SYSTEM_ERROR' }] : [] })],
    ['下一次应答丢失（已生效）', f => f.answers_lost.some(a => a.left > 0), on => ({ answers_lost: on ? [once('/v3/')] : [] })],
    ['下一次付款银行失败', f => f.bank_fails_next > 0, on => ({ bank_fails_next: on ? 1 : 0 })],
    ['用券立减 1 元', f => f.coupon_fen > 0, on => ({ coupon_fen: on ? 100 : 0 })],
    ['退款异常', f => f.refund_outcome === 'abnormal', on => ({ refund_outcome: on ? 'abnormal' : 'success' })],
    ['账户余额不足，退款被拒', f => f.refund_outcome === 'not_enough', on => ({ refund_outcome: on ? 'not_enough' : 'success' })],
  ]],
  ['其他', [
    ['开票失败', f => Boolean(f.invoice_error), on => ({ invoice_error: on ? '票据号段已用完' : null })],
    ['授权回跳两次', f => f.oauth_twice, on => ({ oauth_twice: on })],
    ['访客是快照页用户', f => f.oauth_snapshot_user, on => ({ oauth_snapshot_user: on })],
    ['推送重复', f => f.push_duplicates > 0, on => ({ push_duplicates: on ? 1 : 0 })],
    ['小程序的推送是 JSON', f => f.mini_push_json, on => ({ mini_push_json: on })],
    ['短信发送失败', f => f.sms_refused, on => ({ sms_refused: on })],
  ]],
];

export class Panel {
  constructor(element, phones) {
    this.element = element;
    this.phones = phones;
  }

  show(state) {
    const log = this.element.querySelector('.log');
    const scrolled = log && log.scrollTop > 4 ? log.scrollTop : 0;
    const open = new Set([...this.element.querySelectorAll('details[open]')].map(box => box.dataset.name));
    const focused = this.element.contains(document.activeElement) && document.activeElement.tagName === 'SELECT';
    // A list that is being chosen from must not be replaced under the pointer.
    if (focused) return;
    this.element.replaceChildren(this.holders(state), this.faults(state, open), this.acts(state), this.log(state));
    this.element.querySelector('.log').scrollTop = scrolled;
  }

  holders(state) {
    const choice = number => h('label', `手机${number === 1 ? '一' : '二'}`, h('select', {
      onchange: event => { event.target.blur(); act('holder', { phone: number, openid: event.target.value }); },
    }, state.people.map(person => h('option', {
      value: person.mp_openid, selected: person.mp_openid === state.holders[number - 1],
    }, `${person.name} ${person.phone}`))));
    return h('section.block', h('h2', '谁拿着手机'), choice(1), choice(2),
      h('p.note', `模拟时间 ${clock(state.now, 0)}（北京时间）`),
      h('p.note', h('a', { href: '/mail', target: '_blank' }, '邮箱'), state.mails > 0 ? ` ${state.mails} 封邮件` : ' 还没有邮件'));
  }

  faults(state, open) {
    const me = state.holders[0];
    const count = SWITCHES.flatMap(([, list]) => list).filter(([, is]) => is(state.faults)).length;
    return h('section.block', h('h2', '故障开关', count > 0 && h('i.badge', count)),
      SWITCHES.map(([name, list]) => h('details', { open: open.has(name), 'data-name': name }, h('summary', name),
        list.map(([label, is, change]) => h('label.switch', h('input', {
          type: 'checkbox', checked: is(state.faults), onchange: event => act('faults', change(event.target.checked, me)),
        }), label)))),
      h('div.buttons', h('button', { onclick: () => act('faults/clear') }, '全部恢复正常')));
  }

  acts(state) {
    const toast = text => this.phones[0].toast(text);
    return h('section.block', h('h2', '平台操作'), h('div.buttons',
      h('button', {
        onclick: async () => toast((await act('rotate_certificate')).rotated ? '平台证书已轮换' : '没有更新的平台证书'),
      }, `轮换平台证书（在用 ${state.certificates_published}）`),
      h('button', { onclick: async () => { await act('invalidate_tokens'); toast('access_token 已全部失效'); } }, '失效 access_token'),
      h('button', {
        onclick: async () => toast((await act('verify_server_url')).verified ? '服务器配置验证通过' : '服务器配置验证失败'),
      }, '验证服务器配置')));
  }

  log(state) {
    return h('section.block.grow', h('h2', '线上往来'), h('ol.log', [...state.log].reverse().map(entry => h(
      `li.${entry.status >= 200 && entry.status < 400 && !/^\d+ /.test(entry.note) ? 'good' : 'bad'}`,
      h('b', entry.direction === 'in' ? '→' : '←'), h('span', `${entry.method} ${entry.path}`),
      h('small', `${entry.status || '无应答'} ${entry.note}`),
    ))));
  }
}
