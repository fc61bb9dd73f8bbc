// Bills by wechatpay-axios-plugin, which knows the layout from a real file.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Formatter, Hash } = require('wechatpay-axios-plugin');

const DAY_S = 86400;

/** Both sides move to noon of the day after tomorrow: every day before is closed by then. */
async function twoDaysLater({ simulator }) {
  const noon = DAY_S - ((Math.floor(Date.now() / 1000) + 8 * 3600) % DAY_S) + DAY_S + 12 * 3600;
  await simulator.act('clock', { forward_s: noon });
  const now = Date.now.bind(Date);
  Date.now = () => now() + noon * 1000;
}

async function tradeBill(world) {
  const { wxpay } = world;
  const today = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
  await twoDaysLater(world);
  for (const compressed of [{}, { tar_type: 'GZIP' }]) {
    const { data } = await wxpay.v3.bill.tradebill.get({ params: { bill_date: today, ...compressed } });
    const url = new URL(data.download_url);
    const file = await wxpay.v3.billdownload.file.get({
      params: Object.fromEntries(url.searchParams), responseType: 'arraybuffer', transformResponse: [],
    });
    const bytes = compressed.tar_type ? require('node:zlib').gunzipSync(file.data) : Buffer.from(file.data);
    assert.equal(Hash.sha1(bytes), data.hash_value);
    const { rows, summary } = Formatter.castCsvBill(bytes);
    assert.equal(rows.length, 3, 'two payments and a refund');
    assert.equal(summary['总交易单数'], '3.0');
    assert.equal(summary['订单总金额'], '25.30');
    const paid = rows.find(row => row['商户订单号'] === 'PEER-JSAPI-1');
    assert.equal(paid['订单金额'], '12.65');
  }
}

export const checks = { tradeBill };
