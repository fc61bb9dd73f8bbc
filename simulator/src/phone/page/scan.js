// 扫一扫: the viewfinder sees the codes that are on a screen now; a code can also be pasted.

import { h, icon, yuan, clock } from '/phone/dom.js';
import { act } from '/phone/server.js';
import { paySheet } from '/phone/pay.js';

export function scanner(phone) {
  const codes = [...phone.state.codes].sort((a, b) => b.created_at - a.created_at);
  const [newest] = codes;
  const input = h('input', { type: 'text', placeholder: '粘贴 weixin:// 开头的内容', 'aria-label': '粘贴二维码内容' });
  return h('div.page.scan', h('header.bar.dark',
    h('button', { 'aria-label': '返回', onclick: () => phone.back() }, icon('back')), h('h1', '扫一扫'), h('span')),
  h('div.finder', newest
    ? h('button.seen', { 'aria-label': '扫描屏幕上的二维码', onclick: () => pay(phone, newest.code_url) },
      h('img', { src: `/_sim/qr.svg?text=${encodeURIComponent(newest.code_url)}`, alt: '付款二维码' }), h('span.beam'))
    : h('p.hint', '把付款二维码放到另一部手机或电脑屏幕上，这里就能看到')),
  h('ul.rows.codes', codes.map(code => h('li', h('button.row', { onclick: () => pay(phone, code.code_url) },
    h('span.texts', h('b', code.description), h('span.preview', clock(code.created_at, phone.state.now))),
    h('b.fen', `¥${yuan(code.amount_fen)}`))))),
  phone.state.scenes?.length ? h('ul.rows.codes', phone.state.scenes.slice(-6).map(scene => h('li', h('button.row', {
    onclick: () => visit(phone, { ticket: scene.ticket }),
  }, h('span.texts', h('b', '服务号场景码'), h('span.preview', scene.scene)))))) : null,
  h('form.keyboard.dark', {
    onsubmit: event => {
      event.preventDefault();
      const text = input.value.trim();
      if (text.startsWith('http://weixin.qq.com/q/')) visit(phone, { url: text });
      else if (text) pay(phone, text);
    },
  }, input, h('button.send', { type: 'submit' }, '识别')));
}

/** A code of the service account: one follows (or is recognised) and lands in its chat. */
async function visit(phone, code) {
  await act('scan_scene', { openid: phone.openid, ...code });
  phone.back();
  phone.open('chat', 'account');
}

async function pay(phone, code) {
  const scanned = { openid: phone.openid, code_url: code };
  try {
    const view = await act('native/scan', scanned);
    const result = await paySheet(phone, view, () => act('native/pay', scanned));
    if (result === 'ok') phone.back();
  } catch (error) {
    phone.alert(error.message);
  }
}
