// One phone: status bar, a stack of screens, sheets and banners above them.

import { h, icon, avatar, clock } from '/phone/dom.js';
import { accountChat, chatList, contacts, me, discover } from '/phone/chats.js';
import { Browser } from '/phone/browser.js';
import { scanner } from '/phone/scan.js';

const TABS = [
  ['chats', '微信', 'chat'],
  ['contacts', '通讯录', 'people'],
  ['discover', '发现', 'compass'],
  ['me', '我', 'me'],
];

export class Phone {
  constructor(number, place) {
    this.number = number;
    this.tab = 'chats';
    this.stack = [];
    this.drafts = {};
    this.browser = null;
    this.time = h('span.time');
    this.screen = h('div.screen');
    this.over = h('div.over');
    this.toasts = h('div.toasts', { 'aria-live': 'polite' });
    this.frame = h('div.phone', h('div.status', this.time, h('span.signal', '5G ▮▮▮▯')),
      this.screen, this.over, this.toasts);
    place.append(this.frame);
  }

  get openid() {
    return this.state.holders[this.number - 1];
  }

  get person() {
    return this.state.people.find(person => person.mp_openid === this.openid);
  }

  show(state) {
    const first = !this.state;
    const before = this.state && this.openid;
    this.state = state;
    if (before && before !== this.openid) this.changeHands();
    this.time.textContent = clock(state.now, state.now);
    this.banners(first);
    this.render();
  }

  /** Another person: nothing of the one before may stay. */
  changeHands() {
    this.closeBrowser();
    this.stack = [];
    this.tab = 'chats';
    this.drafts = {};
    this.over.replaceChildren();
    this.seenSms = undefined;
    if (this.number === 1 && this.state.browser_url) {
      const frame = h('iframe', { hidden: true, src: `${this.state.browser_url}/__forget` });
      frame.onload = () => frame.remove();
      document.body.append(frame);
    }
  }

  open(name, data) {
    this.stack.push({ name, data });
    this.render();
  }

  back() {
    this.stack.pop();
    this.render();
  }

  /** Opens a page in the WeChat browser; only phone 1 has one. */
  browse(url) {
    if (this.number !== 1) return this.toast('这部手机只用来扫码付款，请在左边的手机上打开');
    this.closeBrowser();
    this.browser = new Browser(this, url);
    this.over.before(this.browser.element);
    this.screen.inert = true;
  }

  closeBrowser() {
    if (!this.browser) return;
    this.browser.remove();
    this.browser = null;
    this.screen.inert = false;
    if (this.state) this.render();
  }

  render() {
    const top = this.stack.at(-1);
    const key = JSON.stringify([this.tab, this.stack, this.contentOf(top)]);
    if (key === this.drawn) return;
    this.drawn = key;
    const keep = this.place(top);
    this.screen.replaceChildren(top ? this.page(top) : this.root());
    keep();
  }

  /** Notes focus and scrolling; the function given puts them back after drawing anew. */
  place(top) {
    const active = this.screen.contains(document.activeElement) ? document.activeElement : null;
    const label = active?.getAttribute('aria-label');
    const caret = active?.selectionStart;
    const before = this.screen.querySelector('.to-end');
    const same = this.drawnTop === top;
    const reading = same && before && before.scrollHeight - before.scrollTop - before.clientHeight > 60;
    const scrolled = before?.scrollTop;
    this.drawnTop = top;
    return () => {
      const lines = this.screen.querySelector('.to-end');
      if (lines) lines.scrollTop = reading ? scrolled : lines.scrollHeight;
      const again = label && this.screen.querySelector(`[aria-label="${label}"]`);
      if (!again || !same) return;
      again.focus();
      if (typeof caret === 'number' && again.setSelectionRange) again.setSelectionRange(caret, caret);
    };
  }

  /** What a screen depends on: drawn again only when this changes. */
  contentOf(top) {
    const own = this.state.chat.filter(entry => entry.openid === this.openid);
    if (top && top.name === 'scan') return this.state.codes;
    return [this.person, own, this.state.account, this.minute()];
  }

  minute() {
    return Math.floor(this.state.now / 60);
  }

  page(top) {
    switch (top.name) {
      case 'chat': return accountChat(this, top.data);
      case 'scan': return scanner(this);
      default: return top.data;
    }
  }

  root() {
    const pages = { chats: chatList, contacts, discover, me };
    const tab = ([name, label, picture]) => h('button', {
      'aria-selected': String(this.tab === name),
      role: 'tab',
      onclick: () => { this.tab = name; this.render(); },
    }, icon(picture), h('span', label), name === 'chats' && this.unread() > 0 && h('i.badge', this.unread()));
    return h('div.page', pages[this.tab](this), h('nav.tabbar', { role: 'tablist' }, TABS.map(tab)));
  }

  unread(chat) {
    const seen = this.seen();
    return this.state.chat.filter(entry => entry.openid === this.openid && !entry.mine
      && (!chat || entry.chat === chat) && entry.id > (seen[entry.chat] || 0)).length;
  }

  seen() {
    this.seenBy ||= {};
    return (this.seenBy[this.openid] ||= {});
  }

  /** Title bar of a screen. */
  bar(title, right) {
    return h('header.bar',
      h('button', { 'aria-label': '返回', onclick: () => this.back() }, icon('back')),
      h('h1', title), right || h('span'));
  }

  toast(text) {
    const note = h('div.toast', text);
    this.toasts.append(note);
    setTimeout(() => note.remove(), 2600);
  }

  /** A dialog with one button. */
  alert(text) {
    const box = h('div.shade.middle', h('div.dialog', { role: 'alertdialog' }, h('p', text),
      h('button', { onclick: () => box.remove() }, '知道了')));
    this.over.append(box);
  }

  banners(first) {
    const own = this.state.sms.filter(message => message.phone === this.person?.phone);
    const known = this.seenSms;
    this.seenSms = own.at(-1)?.message_id || '';
    if (first || known === undefined) return;
    const start = own.findIndex(message => message.message_id === known) + 1;
    for (const message of own.slice(start)) this.banner(message);
  }

  banner(message) {
    const box = h('button.sms', { 'aria-label': '短信' }, avatar('信', '#34c759'),
      h('span', h('b', '信息'), h('small', '现在'), h('span.text', message.text)));
    box.onclick = () => {
      const code = message.params?.code;
      if (code && navigator.clipboard) navigator.clipboard.writeText(String(code)).catch(() => {});
      if (code) this.toast(`验证码 ${code} 已复制`);
      box.remove();
    };
    this.toasts.append(box);
    setTimeout(() => box.remove(), 12000);
  }
}
