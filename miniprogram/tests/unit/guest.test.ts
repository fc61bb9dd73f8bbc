import { beforeEach, describe, expect, it } from 'vitest'
import type { AskedOrder } from '@/api/money'
import Asked from '@/pages/guest/asked.vue'
import Find from '@/pages/guest/find.vue'
import Order from '@/pages/order/order.vue'
import { session } from '@/stores/session'
import { tap, type, visit } from './support/mount'
import { phone, refusal, serverOf } from './support/phone'
import { notice, order, session as signedIn, visitor } from './support/shapes'

const asked = (more: Partial<AskedOrder> = {}): AskedOrder => ({
  order_no: 'WT1',
  unit_name_masked: '单位****1',
  payee_name: '特检院',
  amount_fen: 126500,
  received_fen: 0,
  missing_fen: 126500,
  count: 1,
  method: 'online',
  state: 'pending_payment',
  state_text: '待支付',
  asked_by_masked: '测试*号',
  ticket: 'tkt_1',
  ...more
})
const unpaid = { state: 'unpaid', message: '', order: asked() }
const captcha = (id: string, inWords = false) => ({
  captcha_id: id,
  ...(inWords ? { question_text: `${id}：有三人，又进去四人，现在有几人？` } : { image_svg: '<svg/>' })
})

beforeEach(() => {
  session.adopt(visitor())
})

describe('paying by number', () => {
  const fill = async (page: Awaited<ReturnType<typeof visit>>) => {
    await type(page, '缴款单位名称', ' 单位 unt_1 ')
    await type(page, '缴款书编号或订单号', 'WT 1')
    await type(page, '验证答案', '7')
  }

  it('asks a new question after a wrong answer and says so at the field, once', async () => {
    let tries = 0
    phone.server = serverOf({
      'GET /session': { data: visitor() },
      'POST /captcha': ({ url }) => ({ data: captcha(`cap_${(tries += 1)}`, url.includes('in_words=true')) }),
      'POST /guest/orders/find': refusal(422, 'captcha_wrong', { fields: { captcha_answer: '答案不对' } })
    })
    const page = await visit(Find)
    await tap(page, '改看文字题')
    expect(page.text()).toContain('cap_2：有三人，又进去四人，现在有几人？')
    await fill(page)
    await tap(page, '查找')
    expect(phone.askedFor('POST', '/find')[0].data).toEqual({
      payer_name: '单位 unt_1',
      notice_no: 'WT1',
      captcha_id: 'cap_2',
      captcha_answer: '7'
    })
    expect(page.text()).toContain('cap_3：')
    expect(page.text().match(/答案不对/g)).toHaveLength(1)
    expect(page.text()).not.toContain('captcha_wrong 的说明')
  })

  it('says what is missing instead of asking', async () => {
    phone.server = serverOf({
      'GET /session': { data: visitor() },
      'POST /captcha': { data: captcha('c') }
    })
    const page = await visit(Find)
    await tap(page, '查找')
    for (const said of ['请填写缴款单位名称', '请填写缴款书编号或订单号', '请填写验证答案'])
      expect(page.text()).toContain(said)
    expect(phone.askedFor('POST', '/find')).toHaveLength(0)
  })

  it('shows the code of a transfer instead of a way to pay', async () => {
    const { asked_by_masked: _who, ...found } = asked({ method: 'transfer', payment_notice: notice() })
    phone.server = serverOf({
      'GET /session': { data: visitor() },
      'POST /captcha': { data: captcha('c') },
      'POST /guest/orders/find': { data: found }
    })
    const page = await visit(Find)
    await fill(page)
    await tap(page, '查找')
    expect(page.text()).toContain('复制缴款码')
    expect(page.text()).not.toContain('生成付款码')
  })
})

describe('being asked to pay', () => {
  it('says who asks and what stays with the unit', async () => {
    phone.server = serverOf({
      'GET /session': { data: visitor() },
      'GET /asked/t': { data: asked() },
      'GET /guest/orders/payment-state': { data: unpaid }
    })
    const page = await visit(Asked, { token: 't' })
    expect(page.text()).toContain('测试*号 请您帮单位付一笔检验费')
    expect(page.text()).toContain('都归缴款单位')
  })

  it('does not offer to pay what is not paid here', async () => {
    phone.server = serverOf({
      'GET /session': { data: visitor() },
      'GET /asked/t': { data: asked({ method: 'remitted' }) }
    })
    const page = await visit(Asked, { token: 't' })
    expect(page.text()).toContain('您不用再付款')
  })

  it('says that a link is over without asking for it again and again', async () => {
    phone.server = serverOf({
      'GET /session': { data: visitor() },
      'GET /asked/t': refusal(410, 'ask_over', { message: '链接已失效', advice: '请对方重新发一个。' })
    })
    const page = await visit(Asked, { token: 't' })
    expect(page.text()).toContain('链接已失效')
    expect(page.text()).not.toContain('重试')
  })
})

describe('asking', () => {
  it('takes a link back that went to the wrong person', async () => {
    session.adopt(signedIn())
    phone.server = serverOf({
      'GET /orders/ord_1': { data: order({ can: { ...order().can, ask: true } }) },
      'POST /orders/ord_1/ask': {
        data: { url: 'https://pay.example.cn/x', path: '/x', title: '请付', expires_at: 1 }
      },
      'DELETE /orders/ord_1/ask': { status: 204 }
    })
    const page = await visit(Order, { id: 'ord_1' })
    await tap(page, '请同事付款')
    await tap(page, '收回链接')
    expect(phone.askedFor('DELETE', '/ask')).toHaveLength(1)
    expect(page.text()).not.toContain('https://pay.example.cn/x')
  })
})
