import { createServer } from 'node:http';
import { DESK, enterConsole, proveIfAsked } from '../console.mjs';
import { expect } from '../expect.mjs';
import { payer } from '../payer.mjs';
import { GROUP } from '../people.mjs';

const desk = (go) => ({ options: DESK, go });
const UNIT = '示例物业集团有限公司';

/** Another system: takes what it is told, or refuses it. */
async function receiver() {
  const told = [];
  const it = { told, status: 200 };
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      told.push({ id: request.headers['webhook-id'], ...JSON.parse(body) });
      answer.writeHead(it.status).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  it.url = `http://127.0.0.1:${server.address().port}/tejian`;
  it.stop = () => new Promise((resolve) => server.close(resolve));
  return it;
}

export default {
  'console: another system is told of payments, can be told again, gets a new secret and is shut off': desk(
    async ({ demo, page }) => {
      const other = await receiver();
      try {
        const pages = await enterConsole(page, demo, 'integration', '/integration?view=endpoints');
        await pages.button('添加接收地址').click();
        await pages.dialog.getByLabel('地址', { exact: true }).fill(other.url);
        await pages.dialog.getByLabel(/^用途/).fill('浏览器测试');
        await pages.dialog.getByText('只通知选中的').click();
        await pages.dialog.getByRole('checkbox', { name: '订单已支付' }).check();
        await pages.dialog.getByRole('button', { name: '保存' }).click();
        const secret = page.getByRole('dialog', { name: /^签名密钥/ });
        await proveIfAsked(page, demo, 'integration', secret.getByText(/^whsec_/));
        await secret.getByRole('button', { name: '已保存好' }).click();
        await pages.row('浏览器测试').getByText('启用').waitFor();

        const unit = await payer(demo, GROUP, UNIT);
        const order = await unit.order('online');
        await unit.pay(order);
        const told = () =>
          other.told.filter(({ type, data }) => type === 'order.paid' && data.order_no === order.order_no);
        await expect.soon(() => told().length > 0);
        // The other system has it a moment before our books say so, and the list is read once.
        await expect.soon(async () => {
          await page.goto(`${demo.web}/console/integration?view=webhooks`);
          await pages.row('订单已支付').waitFor();
          return (await pages.row('订单已支付').getByText('已送达').count()) > 0;
        });
        const before = told().length;
        await page.getByRole('button', { name: /^重发 订单已支付/ }).first().click();
        await page.getByText('正在重新发送').waitFor();
        await expect.soon(() => told().length > before);
        expect(told().at(-1).id).toBe(told()[0].id);
        await pages.row('订单已支付').click();
        const panel = page.getByRole('dialog', { name: '订单已支付' });
        await panel.getByText('对方回应 200').first().waitFor();
        await panel.getByText(order.order_no).waitFor();

        await page.goto(`${demo.web}/console/integration?view=endpoints`);
        await page.getByRole('button', { name: /^换密钥/ }).click();
        await pages.dialog.getByRole('button', { name: '换新密钥' }).click();
        await proveIfAsked(page, demo, 'integration', secret.getByText(/^whsec_/));
        await secret.getByRole('button', { name: '已保存好' }).click();
        await pages.row('浏览器测试').getByText(/旧密钥有效至/).waitFor();
        await page.getByRole('button', { name: /^修改/ }).click();
        await pages.dialog.getByRole('checkbox', { name: /^启用/ }).uncheck();
        await pages.dialog.getByRole('button', { name: '保存' }).click();
        await proveIfAsked(page, demo, 'integration', pages.row('浏览器测试').getByText('已停用'));
      } finally {
        await other.stop();
      }
    },
  ),
};
