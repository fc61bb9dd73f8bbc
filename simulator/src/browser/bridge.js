// The WeChat browser inside the page: user agent, WeixinJSBridge, open tags, news for the phone.
(function () {
  'use strict';
  if (window.WeixinJSBridge) return;
  var agent = navigator.userAgent + ' MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN';
  Object.defineProperty(navigator, 'userAgent', { get: function () { return agent; }, configurable: true });
  window.__wxjs_environment = 'browser';

  var framed = window.parent !== window;
  var waiting = {};
  var last = 0;

  function tell(message) {
    if (framed) window.parent.postMessage(message, '*');
  }

  // Asks the phone around the page; a page of its own asks by a sheet inside the page.
  function ask(kind, data, done) {
    if (!framed) return ownSheet(kind, data, done);
    var id = ++last;
    waiting[id] = done;
    tell({ sim: 'ask', id: id, kind: kind, data: data });
  }

  window.addEventListener('message', function (event) {
    if (event.source !== window.parent || !event.data) return;
    if (event.data.sim === 'answer' && waiting[event.data.id]) {
      var done = waiting[event.data.id];
      delete waiting[event.data.id];
      done(event.data.result);
    }
    if (event.data.sim === 'back') history.back();
    if (event.data.sim === 'reload') location.reload();
  });

  function post(path, body) {
    return fetch('/_sim/' + path, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body)
    }).then(function (answer) {
      return answer.json().then(function (json) { return { ok: answer.ok, json: json }; });
    });
  }

  function ownSheet(kind, data, done) {
    fetch('/_sim/state').then(function (answer) { return answer.json(); }).then(function (state) {
      var openid = state.holders[0];
      if (kind === 'pay') return payHere(openid, data, done);
      if (kind === 'subscribe') return consentHere(openid, data, done);
      done('ok');
    });
  }

  function payHere(openid, parameters, done) {
    return post('jsapi/view', { openid: openid, parameters: parameters }).then(function (view) {
      if (!view.ok) { window.alert(view.json.message); return done('fail'); }
      var yuan = (view.json.amount_fen / 100).toFixed(2);
      sheet(view.json.mch_name, '¥' + yuan, '确认支付', function (yes) {
        if (!yes) return done('cancel');
        post('jsapi/pay', { openid: openid, parameters: parameters }).then(function (paid) {
          done(paid.ok ? 'ok' : 'fail');
        });
      });
    });
  }

  function consentHere(openid, templates, done) {
    sheet('订阅消息', '允许发送 ' + templates.length + ' 类消息', '允许', function (yes) {
      if (!yes) return done('reject');
      Promise.all(templates.map(function (id) {
        return post('consent', { openid: openid, template_id: id, times: 1 });
      })).then(function () { done('accept'); });
    });
  }

  function sheet(title, text, label, done) {
    var box = document.createElement('div');
    box.id = 'wechat-sheet';
    box.setAttribute('role', 'dialog');
    box.style.cssText = 'position:fixed;inset:0;background:rgba(0,0,0,.6);z-index:2147483647;display:flex;align-items:flex-end;font:16px sans-serif';
    var inner = document.createElement('div');
    inner.style.cssText = 'background:#fff;color:#111;width:100%;border-radius:12px 12px 0 0;padding:24px;text-align:center;box-sizing:border-box';
    [['div', title, 'color:#666'], ['div', text, 'font-size:32px;margin:12px 0 24px;font-weight:600']].forEach(function (part) {
      var line = document.createElement(part[0]);
      line.textContent = part[1];
      line.style.cssText = part[2];
      inner.appendChild(line);
    });
    [['sheet-confirm', label, '#07c160', '#fff', true], ['sheet-cancel', '取消', '#f2f2f2', '#333', false]].forEach(function (part) {
      var button = document.createElement('button');
      button.id = part[0];
      button.textContent = part[1];
      button.style.cssText = 'display:block;width:100%;height:48px;margin-top:8px;border:0;border-radius:8px;font-size:17px;background:' + part[2] + ';color:' + part[3];
      button.onclick = function () { box.remove(); done(part[4]); };
      inner.appendChild(button);
    });
    box.appendChild(inner);
    document.body.appendChild(box);
  }

  var calls = {
    getBrandWCPayRequest: function (parameters, callback) {
      ask('pay', parameters, function (result) {
        callback({ err_msg: 'get_brand_wcpay_request:' + result });
      });
    },
    closeWindow: function (parameters, callback) {
      tell({ sim: 'close' });
      callback({ err_msg: 'closeWindow:ok' });
    }
  };

  window.WeixinJSBridge = {
    invoke: function (name, parameters, callback) {
      if (typeof parameters === 'function') { callback = parameters; parameters = {}; }
      var done = function (result) { if (callback) callback(result); };
      if (calls[name]) return calls[name](parameters || {}, done);
      // preVerifyJSAPI, hideOptionMenu, showOptionMenu and the like have nothing to do here.
      setTimeout(function () { done({ err_msg: name + ':ok', verifyAppIdList: [], verifyOpenAppIdList: [] }); }, 0);
    },
    call: function (name) { this.invoke(name, {}); },
    on: function () {},
    log: function () {},
    publish: function () {},
    subscribe: function () {}
  };

  // <wx-open-subscribe template="id1,id2"> asks for one message of each template.
  if (window.customElements) {
    customElements.define('wx-open-subscribe', class extends HTMLElement {
      connectedCallback() {
        var self = this;
        setTimeout(function () { self.show(); }, 0);
      }
      show() {
        if (this.shadowRoot) return;
        var root = this.attachShadow({ mode: 'open' });
        var source = this.querySelector('script[type="text/wxtag-template"],template');
        root.innerHTML = source ? (source.innerHTML || source.textContent) : '<slot></slot>';
        var self = this;
        this.addEventListener('click', function () {
          var ids = (self.getAttribute('template') || '').split(',').filter(Boolean);
          ask('subscribe', ids, function (status) {
            var details = {};
            ids.forEach(function (id) { details[id] = JSON.stringify({ status: status }); });
            self.dispatchEvent(new CustomEvent('success', {
              bubbles: true,
              detail: { errMsg: 'subscribe:ok', subscribeDetails: JSON.stringify(details) }
            }));
          });
        });
        this.dispatchEvent(new CustomEvent('ready'));
      }
    });
  }

  function news(how) {
    tell({ sim: 'page', how: how, href: location.href, title: document.title });
  }
  ['pushState', 'replaceState'].forEach(function (name) {
    var original = history[name];
    history[name] = function () {
      var result = original.apply(history, arguments);
      setTimeout(function () { news(name === 'pushState' ? 'push' : 'replace'); }, 0);
      return result;
    };
  });
  window.addEventListener('popstate', function () { news('move'); });
  window.addEventListener('hashchange', function () { news('move'); });
  document.addEventListener('DOMContentLoaded', function () {
    document.dispatchEvent(new Event('WeixinJSBridgeReady'));
    news('load');
    new MutationObserver(function () { news('title'); })
      .observe(document.querySelector('head'), { subtree: true, childList: true, characterData: true });
  });
})();
