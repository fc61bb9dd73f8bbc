// The mailbox: what was sent by e-mail, newest first, page by page.

import { h, clock } from '/phone/dom.js';

const place = document.getElementById('mails');
let wanted = Number(new URLSearchParams(location.search).get('page')) || 1;
let shown = '';

/** 81920 → 80 KB */
function size(bytes) {
  return bytes < 1024 ? `${bytes} 字节` : bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function letter(mail, now, open) {
  const files = mail.attachments.map((file, number) => h('a', {
    href: `/_sim/mails/${mail.id}/attachments/${number}`, download: file.file_name,
  }, `${file.file_name}（${size(file.size)}）`));
  return h('details', { open: open.has(String(mail.id)), 'data-id': String(mail.id) },
    h('summary', h('b', mail.subject || '（没有主题）'), h('time', clock(mail.at, now)),
      h('span', `收件人 ${mail.to.join('、')}${files.length ? ` · 附件 ${files.length} 个` : ''}`)),
    h('p.text', mail.text), files.length > 0 && h('div.files', files));
}

function turn(to) {
  wanted = to;
  history.replaceState(null, '', `?page=${to}`);
  refresh();
}

function show(state) {
  const sign = JSON.stringify([state.page, state.total, state.items.map(mail => mail.id)]);
  // What is being read must not be replaced for nothing.
  if (sign === shown) return;
  shown = sign;
  const open = new Set([...place.querySelectorAll('details[open]')].map(box => box.dataset.id));
  const step = (label, to) => h('button', { disabled: to < 1 || to > state.pages, onclick: () => turn(to) }, label);
  place.replaceChildren(
    ...(state.total ? state.items.map(mail => letter(mail, state.now, open)) : [h('p.note', '还没有邮件。在手机里打开一张已开出的票据，点“发到邮箱”。')]),
    ...(state.pages > 1 ? [h('nav.pages', step('上一页', state.page - 1), `第 ${state.page} 页，共 ${state.pages} 页（${state.total} 封）`, step('下一页', state.page + 1))] : []),
  );
}

async function refresh() {
  try {
    const answer = await fetch(`/_sim/mails?page=${wanted}`);
    if (answer.ok) show(await answer.json());
  } catch {
    // The simulator is restarting; the event stream will come back and ask again.
  }
}

refresh();
const events = new EventSource('/_sim/events');
events.onmessage = refresh;
events.onopen = refresh;
