// The service account by co-wechat-api, pushes by wechat-crypto.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const WechatApi = require('co-wechat-api');
const MessageCrypto = require('wechat-crypto');

/** An api whose hosts are the simulator. */
export function api({ baseUrl, identities }) {
  const made = new WechatApi(identities.mp.app_id, identities.mp.app_secret);
  made.prefix = `${baseUrl}/cgi-bin/`;
  made.mpPrefix = `${baseUrl}/cgi-bin/`;
  made.snsPrefix = `${baseUrl}/sns/`;
  made.wxaPrefix = `${baseUrl}/wxa/`;
  return made;
}

function crypto({ mp }) {
  return new MessageCrypto(mp.token, mp.encoding_aes_key, mp.app_id);
}

function between(text, name) {
  return text.match(new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`))?.[1];
}

function openedPush(identities, { query, body }) {
  const sealed = between(body, 'Encrypt');
  const peer = crypto(identities);
  assert.equal(peer.getSignature(query.get('timestamp'), query.get('nonce'), sealed), query.get('msg_signature'));
  const { message, id } = peer.decrypt(sealed);
  assert.equal(id, identities.mp.app_id);
  return message;
}

async function follow({ simulator, application, identities, openid }) {
  await simulator.act('app', { mp_push_url: `${application.url}/mp`, mini_push_url: '', web_base_url: application.url });
  const peer = crypto(identities);
  application.answer = ({ path, query }) => {
    if (path !== '/mp') return '';
    if (query.has('echostr')) return query.get('echostr');
    const sealed = peer.encrypt(`<xml><ToUserName>${openid}</ToUserName><FromUserName>${identities.mp.original_id}</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>欢迎关注</Content></xml>`);
    return `<xml><Encrypt>${sealed}</Encrypt><MsgSignature>${peer.getSignature('1', 'n', sealed)}</MsgSignature><TimeStamp>1</TimeStamp><Nonce>n</Nonce></xml>`;
  };
  assert.ok((await simulator.act('verify_server_url')).verified);
  const { reply } = await simulator.act('follow', { openid });
  assert.equal(reply, '欢迎关注');
  const push = application.received.findLast(one => one.path === '/mp');
  assert.equal(between(openedPush(identities, push), 'Event'), 'subscribe');
  application.answer = () => '';
}

async function menu({ mp }) {
  const menuOf = { button: [{ type: 'view', name: '缴费', url: 'http://127.0.0.1/pay' }] };
  assert.equal((await mp.createMenu(menuOf)).errcode, 0);
  assert.equal((await mp.getMenu()).menu.button[0].name, '缴费');
  await assert.rejects(mp.createMenu({ button: [] }), error => error.code === 40016);
}

async function template({ mp, simulator, openid }) {
  const data = { thing1: { value: '电梯定期检验费' }, amount2: { value: '¥12.65' } };
  const sent = await mp.sendTemplate(openid, 'T1', 'http://127.0.0.1/pay', '#000000', data);
  assert.equal(sent.errcode, 0);
  const messages = await simulator.look(`messages?openid=${openid}`);
  assert.ok(messages.some(message => message.template_id === 'T1'));
  const long = { thing1: { value: '一二三四五六七八九十一二三四五六七八九十一' } };
  await assert.rejects(mp.sendTemplate(openid, 'T1', '', '', long), error => error.code === 47003);
}

async function codesAndTickets({ mp, baseUrl }) {
  const { ticket } = await mp.createTmpQRCode('device-42', 600);
  const picture = await fetch(`${baseUrl}/cgi-bin/showqrcode?ticket=${encodeURIComponent(ticket)}`);
  assert.equal(picture.headers.get('content-type'), 'image/png');
  const config = await mp.getJsConfig({ debug: false, jsApiList: ['chooseWXPay'], url: 'http://127.0.0.1/pay' });
  assert.match(config.signature, /^[0-9a-f]{40}$/);
}

export const checks = { follow, menu, template, codesAndTickets };
