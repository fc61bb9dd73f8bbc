// The WeChat browser: a frame with a title bar, and the bridge to the pay sheet.

import { h, icon } from '/phone/dom.js';
import { act } from '/phone/server.js';
import { paySheet } from '/phone/pay.js';

export class Browser {
  constructor(phone, url) {
    this.phone = phone;
    this.pages = [];
    this.title = h('h1', '');
    this.menu = null;
    this.frame = h('iframe', { title: '网页', allow: 'clipboard-read; clipboard-write' });
    this.element = h('div.browser', h('header.bar',
      h('span.two',
        h('button', { 'aria-label': '返回', onclick: () => this.back() }, icon('back')),
        h('button', { 'aria-label': '关闭网页', onclick: () => phone.closeBrowser() }, icon('close'))),
      this.title,
      h('button', { 'aria-label': '更多', onclick: () => this.more() }, icon('more'))),
    h('div.progress'), this.frame);
    this.listen = event => this.hear(event);
    window.addEventListener('message', this.listen);
    this.frame.onload = () => this.element.classList.add('loaded');
    this.frame.src = this.reachable(url);
  }

  remove() {
    window.removeEventListener('message', this.listen);
    this.element.remove();
  }

  /** The application's own address is reached through the proxy. */
  reachable(url) {
    const { web_base_url: own, browser_url: proxy } = this.phone.state;
    return own && proxy && url.startsWith(own) ? proxy + url.slice(own.length) : url;
  }

  hear(event) {
    if (event.source !== this.frame.contentWindow || !event.data) return;
    const { data } = event;
    if (data.sim === 'page') this.page(data);
    if (data.sim === 'close') this.phone.closeBrowser();
    if (data.sim === 'ask') this.ask(data, event.origin);
  }

  page({ how, href, title }) {
    this.title.textContent = title || '';
    if (how === 'title') return;
    const { pages } = this;
    if (how === 'replace' && pages.length) pages[pages.length - 1] = href;
    else if (pages.at(-2) === href) pages.pop();
    else if (pages.at(-1) !== href) pages.push(href);
  }

  async ask({ id, kind, data }, origin) {
    const answer = result => this.frame.contentWindow?.postMessage({ sim: 'answer', id, result }, origin);
    if (kind === 'pay') return answer(await this.pay(data));
    if (kind === 'subscribe') return answer(await this.subscribe(data));
    return answer('ok');
  }

  async pay(parameters) {
    const { phone } = this;
    const order = { openid: phone.openid, parameters };
    let view;
    try {
      view = await act('jsapi/view', order);
    } catch (error) {
      phone.alert(error.message);
      return 'fail';
    }
    return paySheet(phone, view, () => act('jsapi/pay', order));
  }

  subscribe(templates) {
    const { phone } = this;
    return new Promise(resolve => {
      const done = async result => {
        box.remove();
        const times = result === 'accept' ? 1 : 0;
        for (const id of templates) await act('consent', { openid: phone.openid, template_id: id, times });
        resolve(result);
      };
      const box = h('div.shade', h('div.sheet', { role: 'dialog', 'aria-label': '订阅消息' },
        h('h2', `${phone.state.account.name} 申请`), h('p', '发送一次以下消息'),
        h('ul.templates', templates.map(id => h('li', '☑ ', id))),
        h('div.pair', h('button', { onclick: () => done('reject') }, '取消'),
          h('button.primary', { onclick: () => done('accept') }, '允许'))));
      phone.over.append(box);
    });
  }

  back() {
    if (this.pages.length < 2) return this.phone.closeBrowser();
    this.frame.contentWindow.postMessage({ sim: 'back' }, '*');
    return undefined;
  }

  more() {
    const close = () => box.remove();
    const href = this.pages.at(-1) || this.frame.src;
    const box = h('div.shade', { onclick: event => event.target === box && close() },
      h('div.sheet.list', { role: 'dialog', 'aria-label': '网页操作' }, h('p.address', href),
        h('button', { onclick: () => { this.frame.contentWindow.postMessage({ sim: 'reload' }, '*'); close(); } }, '刷新'),
        h('button', { onclick: () => { navigator.clipboard?.writeText(href).catch(() => {}); close(); this.phone.toast('链接已复制'); } }, '复制链接'),
        h('button', { onclick: close }, '取消')));
    this.phone.over.append(box);
  }
}
