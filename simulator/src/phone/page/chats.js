// The chat list, the account's chat with its menu, and the small root pages.

import { h, icon, avatar, clock } from '/phone/dom.js';
import { act } from '/phone/server.js';

const CHATS = {
  account: state => [state.account.name, '#2f7ad9'],
  service_notices: () => ['服务通知', '#07c160'],
  pay: () => ['微信支付', '#2aae67'],
};

export function chatList(phone) {
  const { state } = phone;
  const rows = Object.keys(CHATS).map(chat => {
    const entries = entriesOf(phone, chat);
    const last = entries.at(-1);
    if (!last && !(chat === 'account' && phone.person.follows)) return null;
    return { chat, last };
  }).filter(Boolean).sort((a, b) => (b.last?.at || 0) - (a.last?.at || 0));
  return h('div.content', h('header.bar.root', h('h1', '微信'),
    h('button', { 'aria-label': '扫一扫', onclick: () => phone.open('scan') }, icon('scan'))),
  h('ul.rows', rows.map(({ chat, last }) => {
    const [name, colour] = CHATS[chat](state);
    const unread = phone.unread(chat);
    return h('li', h('button.row', { onclick: () => phone.open('chat', chat) },
      h('span.picture', avatar(name, colour), unread > 0 && h('i.badge', unread)),
      h('span.texts', h('b', name), h('span.preview', last ? preview(last) : '点击查看')),
      last && h('time', clock(last.at, state.now))));
  })), rows.length === 0 && h('p.hint', '还没有会话。到「通讯录」关注服务号。'));
}

export function contacts(phone) {
  const { account } = phone.state;
  return h('div.content', h('header.bar.root', h('h1', '通讯录')),
    h('h2.group', '服务号'),
    h('ul.rows', h('li', h('button.row', { onclick: () => phone.open('chat', 'account') },
      h('span.picture', avatar(account.name, '#2f7ad9')),
      h('span.texts', h('b', account.name), h('span.preview', phone.person.follows ? '已关注' : '未关注'))))),
    h('h2.group', '联系人'),
    h('ul.rows', phone.state.people.filter(person => person.mp_openid !== phone.openid).map(person => h('li',
      h('div.row', h('span.picture', avatar(person.name)), h('span.texts', h('b', person.name)))))));
}

export function discover(phone) {
  return h('div.content', h('header.bar.root', h('h1', '发现')),
    h('ul.rows.cells', h('li', h('button.row', { onclick: () => phone.open('scan') },
      icon('scan'), h('span.texts', h('b', '扫一扫')), icon('right')))));
}

export function me(phone) {
  const { person } = phone;
  return h('div.content', h('div.profile', avatar(person.name),
    h('div', h('b', person.name), h('p', `手机号：${person.phone}`))),
  h('ul.rows.cells',
    h('li', h('button.row', { onclick: () => phone.open('chat', 'pay') }, h('span.texts', h('b', '服务 · 账单')), icon('right'))),
    person.follows && h('li', h('button.row', {
      onclick: async () => { await act('unfollow', { openid: phone.openid }); phone.toast('已取消关注'); },
    }, h('span.texts', h('b', `取消关注「${phone.state.account.name}」`)), icon('right')))));
}

function entriesOf(phone, chat) {
  return phone.state.chat.filter(entry => entry.openid === phone.openid && entry.chat === chat);
}

function preview(entry) {
  const { content } = entry;
  switch (content.kind) {
    case 'card': return `[${content.title}] ${content.fields.map(field => field[1]).join(' ')}`;
    case 'news': return content.articles[0]?.[0] || '[图文]';
    case 'image': return '[图片]';
    default: return content.text;
  }
}

export function accountChat(phone, chat) {
  const { state } = phone;
  const [name, colour] = CHATS[chat](state);
  if (chat === 'account' && !phone.person.follows) return profile(phone, name, colour);
  const entries = entriesOf(phone, chat);
  phone.seen()[chat] = entries.at(-1)?.id || 0;
  let lastAt = 0;
  const lines = entries.flatMap(entry => {
    const stamp = entry.at - lastAt > 300 ? [h('time.stamp', clock(entry.at, state.now))] : [];
    lastAt = entry.at;
    return [...stamp, line(phone, entry, name, colour)];
  });
  return h('div.page.chat', phone.bar(name, h('button', { 'aria-label': '更多' }, icon('more'))),
    h('div.lines.to-end', lines.length ? lines : h('p.hint', '暂无消息')),
    chat === 'account' && footer(phone));
}

/** The page of an account that is not followed yet. */
function profile(phone, name, colour) {
  const button = h('button.primary', {
    onclick: async () => {
      button.disabled = true;
      await act('follow', { openid: phone.openid });
    },
  }, '关注服务号');
  return h('div.page', phone.bar(''), h('div.profile.account', avatar(name, colour), h('b', name),
    h('p', '检验费用查询、缴费，报告与票据领取'), button));
}

function line(phone, entry, name, colour) {
  const { content } = entry;
  switch (content.kind) {
    case 'system': return h('p.system', content.text);
    case 'card': return card(phone, content);
    case 'news': return news(phone, content);
    case 'image': return h(entry.mine ? 'div.bubble.mine' : 'div.bubble',
      entry.mine ? avatar(phone.person.name) : avatar(name, colour),
      h('img.picture-message', { src: `/_sim/media/${content.media_id}`, alt: '图片' }));
    default: return h(entry.mine ? 'div.bubble.mine' : 'div.bubble',
      entry.mine ? avatar(phone.person.name) : avatar(name, colour), h('p', linked(phone, content.text)));
  }
}

/** Texts may carry <a href="…">…</a>, as passive replies do. */
function linked(phone, text) {
  const pattern = /<a\s+href="([^"]+)"[^>]*>([^<]*)<\/a>|(https?:\/\/[^\s<>\u3000-\u303f\uff00-\uffef]+)/g;
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(end, match.index));
    const url = match[1] || match[3];
    parts.push(h('a', { href: url, onclick: event => { event.preventDefault(); phone.browse(url); } }, match[2] || url));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

function card(phone, content) {
  const target = content.url || (content.page && miniPage(phone, content.page));
  const big = content.title === '微信支付凭证';
  const body = [h('h3', content.title), content.fields.map(([label, value], index) => (big && index === 0
    ? h('div.sum', h('span', label), h('b', value))
    : h('div.field', h('span', label), h('p', value))))];
  if (!target) return h('div.card', body);
  return h('button.card', { onclick: () => phone.browse(target) }, body,
    h('div.more', h('span', content.page && !content.url ? '进入小程序查看' : '查看详情'), icon('right')));
}

/** The mini-program is shown by its H5 twin. */
function miniPage(phone, page) {
  const { browser_url: browser, mini_program_h5: h5 } = phone.state;
  return browser + h5 + page.replace(/^\//, '');
}

function news(phone, content) {
  return h('div.news', content.articles.map(([title, description, url, picture]) => h('button.article', {
    onclick: () => phone.browse(url),
  }, picture && h('img', { src: picture, alt: '' }), h('b', title), description && h('p', description))));
}

function footer(phone) {
  const menu = phone.state.account.menu?.button || [];
  const typing = !menu.length || phone.drafts.open;
  if (typing) return keyboard(phone, menu.length > 0);
  const foot = h('footer.menu', h('button.toggle', {
    'aria-label': '切换到键盘', onclick: () => { phone.drafts.open = true; redraw(phone); },
  }, icon('keyboard')), menu.map(button => h('div.entry', entry(phone, button))));
  return foot;
}

function redraw(phone) {
  phone.drawn = null;
  phone.render();
}

function entry(phone, button) {
  const sub = button.sub_button?.length ? button.sub_button : null;
  const open = sub && phone.drafts.menu === button.name;
  const choose = name => { phone.drafts.menu = name; redraw(phone); };
  const tap = async item => {
    choose(null);
    await act('menu', { openid: phone.openid, entry: item.key || item.url || item.name });
    if (item.type === 'view') phone.browse(item.url);
    else if (item.type === 'miniprogram') phone.browse(item.url || miniPage(phone, item.pagepath));
  };
  return [
    h('button.top', {
      'aria-expanded': sub ? String(Boolean(open)) : undefined,
      onclick: () => (sub ? choose(open ? null : button.name) : tap(button)),
    }, sub && icon('menu'), button.name),
    open && h('div.popup', { role: 'menu' }, sub.map(item => h('button', { role: 'menuitem', onclick: () => tap(item) }, item.name))),
  ];
}

/** Pictures are made small before they are sent, as the real phone does. */
function picker(phone) {
  const input = h('input', { type: 'file', accept: 'image/*', 'aria-label': '选择图片' });
  input.addEventListener('change', async () => {
    const [file] = input.files;
    input.value = '';
    if (!file) return;
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    const [, content_base64] = canvas.toDataURL('image/jpeg', 0.85).split(',');
    await act('image', { openid: phone.openid, content_base64 });
  });
  return input;
}

function keyboard(phone, hasMenu) {
  const input = h('input', {
    type: 'text', 'aria-label': '输入消息', value: phone.drafts.text || '', maxLength: 600,
    oninput: () => { phone.drafts.text = input.value; },
  });
  const send = async event => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = '';
    phone.drafts.text = '';
    await act('text', { openid: phone.openid, text });
  };
  return h('form.keyboard', { onsubmit: send }, hasMenu && h('button.toggle', {
    type: 'button', 'aria-label': '切换到菜单', onclick: () => { phone.drafts.open = false; redraw(phone); },
  }, icon('menu')), input, h('label.attach', { 'aria-label': '发送图片', title: '发送图片' }, '图片', picker(phone)),
  h('button.send', { type: 'submit' }, '发送'));
}
