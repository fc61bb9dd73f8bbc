import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Preview } from '@/api/types'
import Confirm from '@/pages/confirm/confirm.vue'
import Fees from '@/pages/fees/fees.vue'
import Home from '@/pages/home/home.vue'
import Login from '@/pages/login/login.vue'
import Order from '@/pages/order/order.vue'
import { selection } from '@/stores/selection'
import { session } from '@/stores/session'
import { tap, type, visit } from './support/mount'
import { pages, phone, refusal, serverOf } from './support/phone'
import { fee, preview, session as signedIn, summary, title, unit, visitor } from './support/shapes'

const fees = [fee('a', 100), fee('b', 250)]
const HOME = {
  payable: { count: 2, amount_fen: 350 },
  orders: { pending_payment: 1, under_review: 0, paid: 0, completed: 3, void: 0 },
  unread_messages: 0
}

beforeEach(() => {
  document.body.innerHTML = ''
  session.adopt(signedIn())
  selection.clear()
})

describe('the home page', () => {
  it('shows visitors the service and asks nothing of them', async () => {
    session.state.current = null
    phone.server = serverOf({ 'GET /session': { data: visitor() } })
    const home = await visit(Home)
    expect(home.text()).toContain('登录查看待缴费')
    expect(phone.redirectTo).not.toHaveBeenCalled()
    await tap(home, '登录查看待缴费')
    expect(phone.navigateTo.mock.calls[0][0].url).toContain('/pages/login/login')
  })

  it('shows who, for whom, how much, and pays everything from one button', async () => {
    phone.server = serverOf({ 'GET /home': { data: HOME } })
    const home = await visit(Home)
    for (const text of ['测试一号', '139****0001', '单位 unt_1', '3.50']) expect(home.text()).toContain(text)
    await tap(home, '去缴费 ¥3.50')
    expect(phone.navigateTo.mock.calls[0][0].url).toBe('/pages/confirm/confirm?all=1&unit=unt_1')
  })

  it.each([
    ['nothing else is', 0, '有 1 笔订单待支付', ['都已缴清', '去缴费']],
    ['more is payable', 350, '有 1 笔订单待支付', ['都已缴清']]
  ])('never calls paid what waits for payment, when %s', async (_case, amount_fen, says, hides) => {
    const payable = { count: amount_fen ? 2 : 0, amount_fen }
    phone.server = serverOf({ 'GET /home': { data: { ...HOME, payable } } })
    const home = await visit(Home)
    expect(home.text()).toContain(says)
    for (const text of hides) expect(home.text()).not.toContain(text)
    await tap(home, '去支付')
    expect(phone.navigateTo.mock.calls[0][0].url).toBe('/pages/orders/orders?tab=pending_payment')
  })

  it('counts what is under review apart, and asks for no payment of it', async () => {
    const shown = async (pending_payment: number, under_review: number) => {
      const orders = { ...HOME.orders, pending_payment, under_review }
      const payable = { count: 0, amount_fen: 0 }
      phone.server = serverOf({ 'GET /home': { data: { ...HOME, orders, payable } } })
      return (await visit(Home)).text()
    }
    expect(await shown(5, 1)).toContain('有 4 笔订单待支付，1 笔审核中')
    const patient = await shown(1, 1)
    expect(patient).toContain('有 1 笔订单审核中')
    for (const text of ['去支付', '都已缴清']) expect(patient).not.toContain(text)
  })

  it('says that all is paid when really nothing waits', async () => {
    const orders = { ...HOME.orders, pending_payment: 0 }
    phone.server = serverOf({
      'GET /home': { data: { ...HOME, orders, payable: { count: 0, amount_fen: 0 } } }
    })
    expect((await visit(Home)).text()).toContain('都已缴清')
  })

  it('shows what it remembers, with its time, when the network is gone', async () => {
    phone.server = serverOf({ 'GET /home': { data: HOME } })
    ;(await visit(Home)).unmount()
    phone.server = () => 'offline'
    const home = await visit(Home)
    expect(home.text()).toContain('数据时间')
    expect(home.text()).toContain('3.50')
  })
})

describe('a known phone without a network', () => {
  it('is not told to log in, and has the number to call', async () => {
    session.adopt(signedIn())
    session.state.current = null
    phone.server = () => 'offline'
    const home = await visit(Home)
    expect(home.text()).toContain('测试一号')
    expect(home.text()).toContain('网络不通')
    expect(home.text()).toContain('023-88888888')
    expect(home.text()).not.toContain('请登录')
  })
})

describe('the pending list', () => {
  const page = { items: fees, next: 'x', total: { count: 2000, amount_fen: 900000 } }

  it('ticks one, and all that match, with the sum always in view', async () => {
    phone.server = serverOf({ 'GET /fees': { data: page } })
    const list = await visit(Fees)
    await tap(list, '电梯 b')
    expect(list.text()).toContain('已选 1 份')
    expect(list.text()).toContain('2.50')
    await tap(list, '全选 2000 份')
    expect(list.text()).toContain('已选 2000 份')
    expect(list.text()).toContain('9,000.00')
    await tap(list, '去缴费')
    expect(phone.navigateTo.mock.calls[0][0].url).toBe('/pages/confirm/confirm')
    expect(selection.request()).toEqual({ all_matching: { q: undefined, except: [] } })
  })

  it('offers a way out when a search finds nothing', async () => {
    phone.server = serverOf({
      'GET /fees': ({ url }) => ({
        data: url.includes('q=') ? { items: [], next: null, total: { count: 0, amount_fen: 0 } } : page
      })
    })
    const list = await visit(Fees)
    const input = list.find('input')
    input.element.dispatchEvent(new CustomEvent('input', { detail: { value: '没有' } }))
    input.element.dispatchEvent(new CustomEvent('confirm', { detail: { value: '没有' } }))
    await flushPromises()
    expect(list.text()).toContain('没有找到待缴费报告')
    await tap(list, '清空搜索')
    expect(list.text()).toContain('电梯 a')
  })

  it('searches for what was typed last, also while an earlier search is on its way', async () => {
    let answer: (late: object) => void = () => undefined
    const found = (fee: object) => ({ items: [fee], next: null, total: { count: 1, amount_fen: 100 } })
    phone.server = ({ url }) => {
      if (/[?&]q=1(&|$)/.test(url)) return new Promise((resolve) => (answer = (data) => resolve({ data })))
      return { data: url.includes('q=') ? found(fees[1]) : page }
    }
    const list = await visit(Fees)
    const input = list.find('input')
    for (const value of ['1', '12']) {
      input.element.dispatchEvent(new CustomEvent('input', { detail: { value } }))
      input.element.dispatchEvent(new CustomEvent('confirm', { detail: { value } }))
      await flushPromises()
    }
    expect(list.text()).toContain('电梯 b')
    answer(found(fees[0]))
    await flushPromises()
    expect(list.text()).toContain('电梯 b')
    expect(list.text()).not.toContain('电梯 a')
  })

  it('does not search for what was taken back while its ticks were still being kept', async () => {
    let kept: () => void = () => undefined
    vi.spyOn(selection, 'settle').mockImplementationOnce(() => new Promise((resolve) => (kept = resolve)))
    const none = { items: [], next: null, total: { count: 0, amount_fen: 0 } }
    phone.server = ({ url }) => ({ data: url.includes('q=') ? none : page })
    const list = await visit(Fees)
    const input = list.find('input')
    for (const value of ['12', '']) {
      input.element.dispatchEvent(new CustomEvent('input', { detail: { value } }))
      input.element.dispatchEvent(new CustomEvent('confirm', { detail: { value } }))
      await flushPromises()
    }
    kept()
    await flushPromises()
    expect(list.text()).toContain('电梯 a')
    expect(list.text()).not.toContain('没有找到')
  })

  it('sends visitors to the login and back', async () => {
    session.adopt(visitor())
    pages.push({ route: 'pages/fees/fees', options: {} })
    await visit(Fees)
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/login/login?return_to=%2Fpages%2Ffees%2Ffees')
  })
})

describe('the confirm page', () => {
  const answers = {
    'POST /checkouts/preview': { data: preview(fees) },
    'POST /checkouts': { status: 201, data: { orders: [summary('ord_1'), summary('ord_2')] } }
  }

  it('opened from a message needs one tap to go to the payment', async () => {
    phone.server = serverOf(answers)
    const confirm = await visit(Confirm, { all: '1', unit: 'unt_1' })
    expect(phone.asked[0].data).toEqual({ all_matching: {} })
    await tap(confirm, '去支付 ¥3.50')
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/pay/pay?order=ord_1&next=ord_2&start=1')
  })

  it('acts for the unit of the message', async () => {
    session.adopt(signedIn({ units: [unit('unt_1'), unit('unt_2')] }))
    phone.server = serverOf({ ...answers, 'PUT /session/unit': { data: signedIn({ unit: unit('unt_2') }) } })
    await visit(Confirm, { all: '1', unit: 'unt_2' })
    expect(phone.asked.map(({ url }) => url)).toEqual(['/api/v1/session/unit', '/api/v1/checkouts/preview'])
  })

  it('submits once for a double tap', async () => {
    phone.server = serverOf(answers)
    const confirm = await visit(Confirm, { all: '1' })
    const button = confirm.findAll('[role="button"]').find((one) => one.text().startsWith('去支付'))!
    void button.trigger('click')
    void button.trigger('click')
    await flushPromises()
    expect(phone.askedFor('POST', '/checkouts')).toHaveLength(1)
  })

  it('asks for a second confirmation where the policy says so', async () => {
    session.adopt(signedIn({ app: { ...signedIn().app, second_confirmation: ['native'] } }))
    phone.server = serverOf(answers)
    const confirm = await visit(Confirm, { all: '1' })
    await tap(confirm, '去支付')
    expect(phone.askedFor('POST', '/checkouts')).toHaveLength(0)
    expect(confirm.text()).toContain('请核对')
    await tap(confirm, '确认无误')
    expect(phone.askedFor('POST', '/checkouts')).toHaveLength(1)
  })

  const own: Preview['defaults']['invoice_title'] = { kind: 'organization', name: '单位 unt_1' }
  const untitled = {
    ...answers,
    'POST /checkouts/preview': {
      data: preview(fees, { defaults: { ...preview(fees).defaults, invoice_title: own } })
    },
    'GET /invoice-titles': { data: { items: [title('ttl_7')] } }
  }

  it('makes the first receipt out to the unit itself', async () => {
    phone.server = serverOf(untitled)
    const confirm = await visit(Confirm, { all: '1' })
    expect(confirm.text()).toContain('单位 unt_1（本单位）')
    await tap(confirm, '去支付')
    expect(phone.askedFor('POST', '/checkouts')[0].data).toMatchObject({ fee_ids: ['a', 'b'] })
    const { invoice } = phone.askedFor('POST', '/checkouts')[0].data as { invoice: object }
    expect(Object.keys(JSON.parse(JSON.stringify(invoice)))).toEqual(['kind_by_group'])
  })

  it('lets a saved title take the place of the unit itself', async () => {
    phone.server = serverOf(untitled)
    const confirm = await visit(Confirm, { all: '1' })
    await tap(confirm, '点这里更换')
    await tap(confirm, '测试一号物业')
    await tap(confirm, '去支付')
    expect(phone.askedFor('POST', '/checkouts')[0].data).toMatchObject({ invoice: { title_id: 'ttl_7' } })
  })

  it('unfolds the list, and a report can be removed from it', async () => {
    phone.server = serverOf(answers)
    const confirm = await visit(Confirm, { all: '1' })
    expect(confirm.text()).not.toContain('电梯 a')
    await tap(confirm, '展开缴费报告清单')
    await tap(confirm, '移除 电梯 a')
    expect(phone.asked[phone.asked.length - 1].data).toEqual({ fee_ids: ['b'] })
    expect(confirm.text()).toContain('已移除 1 份')
  })

  it('says that nothing is payable and where the orders are', async () => {
    phone.server = () => refusal(422, 'nothing_payable')
    const confirm = await visit(Confirm, { all: '1' })
    expect(confirm.text()).toContain('没有要缴的报告')
  })
})

describe('the login page', () => {
  it('says until when an account is locked and offers the code', async () => {
    session.adopt(visitor())
    phone.server = () =>
      refusal(423, 'account_locked', { details: { unlock_at: Date.UTC(2026, 0, 1, 4, 30) } })
    const login = await visit(Login, { return_to: '/pages/fees/fees' })
    await tap(login, '密码')
    await type(login, '手机号或单位账号', '13900000001')
    await type(login, '密码', 'wrong')
    const buttons = login.findAll('[role="button"]').filter((one) => one.text() === '登录')
    await buttons[0].trigger('click')
    await flushPromises()
    expect(login.text()).toContain('到 12:30 自动解锁')
    await tap(login, '用短信验证码登录')
    expect((login.find('input[aria-label="手机号"]').element as HTMLInputElement).value).toBe('13900000001')
  })

  it('goes back to where one wanted to be', async () => {
    session.adopt(visitor())
    phone.server = serverOf({ 'POST /session/sms': { data: signedIn() } })
    const login = await visit(Login, { return_to: '/pages/fees/fees' })
    await type(login, '手机号', '13900000001')
    await type(login, '短信验证码', '123456')
    const button = login.findAll('[role="button"]').find((one) => one.text() === '登录')!
    await button.trigger('click')
    await flushPromises()
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/fees/fees')
  })

  it('does not send a code to half a number', async () => {
    session.adopt(visitor())
    const login = await visit(Login)
    await type(login, '手机号', '139')
    await tap(login, '获取验证码')
    expect(login.text()).toContain('请输入 11 位手机号')
    expect(phone.askedFor('POST', '/sms-codes')).toHaveLength(0)
  })
})

describe('the order page', () => {
  const order = {
    ...summary(),
    amount_capitals: '壹仟贰佰陆拾伍元整',
    payee: { name: '特检院' },
    invoice: {
      state: 'failed',
      state_text: '开票失败',
      kind: 'special',
      failure: '税号不符',
      title: title()
    },
    invoice_state_text: '开票失败',
    delivery: { kind: 'electronic' },
    lines: [],
    lines_next: null,
    timeline: [{ at: 0, kind: 'created', title: '提交订单' }],
    can: { pay: true, void: true, download_document: true, retry_invoice: true }
  }

  it.each([
    ['nontax', '票据', '发票'],
    ['vat', '发票', '票据']
  ])('calls the receipt of class %s a %s', async (receipt_class, word, other) => {
    const issued = {
      ...order,
      receipt_class,
      invoice: { state: 'issued', state_text: '已开票', kind: 'fiscal_receipt' },
      invoice_state_text: '已开票',
      can: { download_invoice: true }
    }
    phone.server = serverOf({ 'GET /orders/ord_1': { data: issued } })
    const shown = await visit(Order, { id: 'ord_1' })
    expect(shown.text()).toContain(`已开票，查看${word}`)
    expect(shown.text()).not.toContain(other)
  })

  it('says once until when it can be paid, and leaves out what a report does not have', async () => {
    const expires_at = Date.UTC(2026, 10, 23, 12, 0)
    const line = {
      fee_id: 'fee_1',
      report_id: 'rpt_1',
      report_no: 'R1',
      device_name: '压力管道',
      registration_code: '',
      amount_fen: 100,
      report_ready: false
    }
    const next_step = { text: '请在 2026-11-23 20:00 前完成支付', promised_at: expires_at }
    phone.server = serverOf({ 'GET /orders/ord_1': { data: { ...order, next_step, lines: [line] } } })
    const text = (await visit(Order, { id: 'ord_1' })).text()
    expect(text.match(/2026-11-23 20:00/g)).toHaveLength(1)
    expect(text).not.toContain('注册代码')
  })

  it('voids only after a question', async () => {
    phone.server = serverOf({
      'GET /orders/ord_1': { data: order },
      'POST /orders/ord_1/void': { data: { ...order, state: 'void', state_text: '已作废', can: {} } }
    })
    const shown = await visit(Order, { id: 'ord_1' })
    await tap(shown, '作废这笔订单')
    expect(phone.askedFor('POST', '/void')).toHaveLength(0)
    await tap(shown, '确定作废')
    expect(phone.askedFor('POST', '/void')).toHaveLength(1)
    expect(shown.text()).toContain('已作废')
  })

  it('says why the invoice failed and lets it be mended', async () => {
    phone.server = serverOf({
      'GET /orders/ord_1': { data: order },
      'POST /orders/ord_1/invoice/retry': { data: { ...order, invoice_state_text: '开票中', can: {} } }
    })
    const shown = await visit(Order, { id: 'ord_1' })
    expect(shown.text()).toContain('没有开成：税号不符')
    await tap(shown, '修改后重试')
    await tap(shown, '重新开票')
    expect(phone.askedFor('POST', '/invoice/retry')[0].data).toMatchObject({
      title: { name: '测试一号物业' }
    })
    expect(shown.text()).toContain('开票中')
  })
})
