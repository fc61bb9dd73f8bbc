// WeChat Pay by wechatpay-axios-plugin: it signs every request and verifies every answer.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Wechatpay, Rsa, Aes, Formatter } = require('wechatpay-axios-plugin');

/** A client that knows the public key and the platform certificate. */
export function client({ baseUrl, identities }) {
  const certs = { [identities.public_key_id]: Rsa.from(identities.public_key_pem, Rsa.KEY_TYPE_PUBLIC) };
  for (const { serial, certificate_pem: pem } of identities.platform_certificates) certs[serial] = pem;
  return new Wechatpay({
    baseURL: `${baseUrl}/`,
    mchid: identities.mch_id,
    serial: identities.merchant_serial,
    privateKey: identities.merchant_private_key_pem,
    certs,
  });
}

function order({ identities, application }, number) {
  return {
    appid: identities.mp.app_id,
    mchid: identities.mch_id,
    description: '电梯定期检验费 🛗',
    out_trade_no: number,
    attach: '报告 1 份',
    notify_url: `${application.url}/pay`,
    amount: { total: 1265, currency: 'CNY' },
  };
}

function opened(identities, notice) {
  const { headers, body } = notice;
  const serial = headers['wechatpay-serial'];
  const keys = { [identities.public_key_id]: identities.public_key_pem };
  for (const one of identities.platform_certificates) keys[one.serial] = one.certificate_pem;
  const message = Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body);
  assert.ok(Rsa.verify(message, headers['wechatpay-signature'], keys[serial]), 'the notice is signed');
  const { resource, ...envelope } = JSON.parse(body);
  const plain = Aes.AesGcm.decrypt(resource.ciphertext, identities.api_v3_key, resource.nonce, resource.associated_data);
  return { ...envelope, resource: JSON.parse(plain) };
}

async function native(world) {
  const { wxpay, simulator, identities, application, openid } = world;
  const { data } = await wxpay.v3.pay.transactions.native.post(order(world, 'PEER-NATIVE-1'));
  assert.match(data.code_url, /^weixin:\/\/wxpay\/bizpayurl/);
  const paid = await simulator.act('native/pay', { openid, code_url: data.code_url });
  await simulator.act('deliver');
  const notice = opened(identities, application.received.find(one => one.path === '/pay'));
  assert.equal(notice.event_type, 'TRANSACTION.SUCCESS');
  assert.equal(notice.resource.transaction_id, paid.transaction_id);
  assert.equal(notice.resource.attach, '报告 1 份');
  const named = { headers: { 'Wechatpay-Serial': identities.public_key_id }, params: { mchid: identities.mch_id } };
  const query = await wxpay.v3.pay.transactions.outTradeNo.$number$.get({ ...named, number: 'PEER-NATIVE-1' });
  assert.equal(query.headers['wechatpay-serial'], identities.public_key_id);
  assert.equal(query.data.trade_state, 'SUCCESS');
  world.transactionId = paid.transaction_id;
}

async function jsapi(world) {
  const { wxpay, simulator, identities, openid } = world;
  const body = { ...order(world, 'PEER-JSAPI-1'), payer: { openid } };
  const { data } = await wxpay.v3.pay.transactions.jsapi.post(body);
  const parameters = {
    appId: identities.mp.app_id, timeStamp: `${Formatter.timestamp()}`, nonceStr: Formatter.nonce(), package: `prepay_id=${data.prepay_id}`,
  };
  const { appId, timeStamp, nonceStr, package: prepaid } = parameters;
  parameters.paySign = Rsa.sign(Formatter.joinedByLineFeed(appId, timeStamp, nonceStr, prepaid), identities.merchant_private_key_pem);
  parameters.signType = 'RSA';
  const view = await simulator.act('jsapi/view', { openid, parameters });
  assert.equal(view.amount_fen, 1265);
  await simulator.act('jsapi/pay', { openid, parameters });
}

async function close(world) {
  const { wxpay, identities } = world;
  await wxpay.v3.pay.transactions.native.post(order(world, 'PEER-CLOSE-1'));
  const path = wxpay.v3.pay.transactions.outTradeNo.$number$.close;
  const closed = await path.post({ mchid: identities.mch_id }, { number: 'PEER-CLOSE-1' });
  assert.equal(closed.status, 204);
  await assert.rejects(
    path.post({ mchid: identities.mch_id }, { number: 'PEER-NATIVE-1' }),
    error => error.response.data.code === 'ORDER_PAID',
  );
}

async function refund(world) {
  const { wxpay, simulator, identities, application, transactionId } = world;
  const { data } = await wxpay.v3.refund.domestic.refunds.post({
    transaction_id: transactionId,
    out_refund_no: 'PEER-REFUND-1',
    reason: '重复支付',
    notify_url: `${application.url}/refund`,
    amount: { refund: 265, total: 1265, currency: 'CNY' },
  });
  assert.equal(data.status, 'PROCESSING');
  await simulator.act('deliver');
  const notice = opened(identities, application.received.find(one => one.path === '/refund'));
  assert.equal(notice.resource.refund_status, 'SUCCESS');
  const query = await wxpay.v3.refund.domestic.refunds.$number$.get({ number: 'PEER-REFUND-1' });
  assert.equal(query.data.status, 'SUCCESS');
}

async function certificates(world) {
  const { wxpay, identities } = world;
  const { data } = await wxpay.v3.certificates.get();
  const [first] = data.data;
  const { ciphertext, nonce, associated_data: associated } = first.encrypt_certificate;
  const pem = Aes.AesGcm.decrypt(ciphertext, identities.api_v3_key, nonce, associated);
  assert.equal(pem, identities.platform_certificates[0].certificate_pem);
  assert.equal(first.serial_no, identities.platform_certificates[0].serial);
}

/** There is no yesterday in a fresh world: the answer must say so, not fail. */
async function emptyBill(world) {
  const { wxpay } = world;
  const yesterday = new Date(Date.now() + 8 * 3600e3 - 48 * 3600e3).toISOString().slice(0, 10);
  await assert.rejects(
    wxpay.v3.bill.tradebill.get({ params: { bill_date: yesterday } }),
    error => error.response.data.code === 'NO_STATEMENT_EXIST',
  );
}

async function invoice(world) {
  const { wxpay, simulator, identities, transactionId } = world;
  const serial = identities.platform_certificates[0].serial;
  const phone = Rsa.encrypt('13900000001', identities.platform_certificates[0].certificate_pem);
  const applied = await wxpay.v3.newTaxControlFapiao.fapiaoApplications.post({
    scene: 'WITH_WECHATPAY',
    fapiao_apply_id: transactionId,
    buyer_information: { type: 'INDIVIDUAL', name: '王建国', phone },
    fapiao_information: [{
      fapiao_id: 'PEER-FAPIAO-1',
      total_amount: 1000,
      items: [{ tax_code: '3040603000000000000', goods_name: '检验检测服务', quantity: 100000000, total_amount: 1000, tax_rate: 600, discount: false }],
    }],
  }, { headers: { 'Wechatpay-Serial': serial } });
  assert.equal(applied.status, 202);
  await simulator.act('deliver');
  const files = await wxpay.v3.newTaxControlFapiao.fapiaoApplications.$id$.fapiaoFiles.get({ id: transactionId });
  const [file] = files.data.fapiao_download_info_list;
  const pdf = Buffer.from(await (await fetch(file.download_url)).arrayBuffer());
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
}

async function foreignKey(world) {
  const { baseUrl, identities } = world.simulator;
  const stranger = client({ baseUrl, identities: { ...identities, merchant_serial: '0'.repeat(40) } });
  await assert.rejects(stranger.v3.certificates.get(), error => error.response.data.code === 'SIGN_ERROR');
}

export const checks = { native, jsapi, close, refund, certificates, emptyBill, invoice, foreignKey };
