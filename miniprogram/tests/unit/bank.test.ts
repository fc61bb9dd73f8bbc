import { flushPromises } from '@vue/test-utils'
import { effectScope } from 'vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { afterCheckout } from '@/pages/confirm/after'
import Confirm from '@/pages/confirm/confirm.vue'
import Notice from '@/pages/bank/notice.vue'
import Remittance from '@/pages/bank/remittance.vue'
import { amountHint, problemsOf } from '@/pages/bank/remittance-draft'
import { PART_BYTES, useProofs } from '@/components/file-list/proofs'
import Order from '@/pages/order/order.vue'
import { noticeText, stillOwed } from '@/components/notice-card/notice-text'
import type { PickedFile } from '@/platform/pick'
import { selection } from '@/stores/selection'
import { session } from '@/stores/session'
import { actionOf } from '@/text/method'
import { tap, type, visit } from './support/mount'
import { phone, refusal, serverOf } from './support/phone'
import {
  fee,
  notice,
  order,
  preview,
  remittance,
  session as signedIn,
  summary,
  upload
} from './support/shapes'

const picked = vi.hoisted(() => ({ files: [] as PickedFile[] }))
vi.mock('@/platform/pick', () => ({ pickFiles: () => Promise.resolve(picked.files) }))

const file = (bytes: number, name = '回单.jpg'): PickedFile => ({
  name,
  bytes,
  read: (_offset, length) => Promise.resolve(new ArrayBuffer(length))
})

beforeEach(() => {
  document.body.innerHTML = ''
  session.adopt(signedIn())
  selection.clear()
  picked.files = [file(1000)]
})

/** What the server says of an order it has just made. */
const made = (id: string) => {
  const { method: _method, ...rest } = summary(id)
  return rest
}

const WAYS = [
  { method: 'online' as const, text: '线上支付', available: true },
  { method: 'transfer' as const, text: '对公转账', available: true },
  { method: 'remitted' as const, text: '已汇款', available: false, reason: '只适用于增值税发票' }
]

function mixed() {
  const [nontax] = preview([fee('a', 100)]).groups
  const vat = {
    ...nontax,
    key: 'vat',
    receipt_class: 'vat' as const,
    receipt_class_text: '增值税发票',
    methods: [WAYS[0], { method: 'remitted' as const, text: '已汇款', available: true }],
    invoice_kinds: [{ kind: 'ordinary' as const, text: '普通发票' }]
  }
  return preview([fee('a', 100), fee('b', 250)], { groups: [{ ...nontax, methods: WAYS }, vat] })
}

describe('choosing how to pay', () => {
  const one = () =>
    preview([fee('a', 100)], { groups: [{ ...preview([fee('a', 100)]).groups[0], methods: WAYS }] })

  it('says what the button will do, and leads a transfer to its code', async () => {
    phone.server = serverOf({
      'POST /checkouts/preview': { data: one() },
      'POST /checkouts': { status: 201, data: { orders: [made('ord_1')] } }
    })
    session.adopt(signedIn({ app: { ...signedIn().app, second_confirmation: [] } }))
    const confirm = await visit(Confirm, { all: '1' })
    expect(confirm.text()).toContain('只适用于增值税发票')
    await tap(confirm, '对公转账')
    await tap(confirm, '生成缴款书 ¥1.00')
    expect(phone.askedFor('POST', '/checkouts')[0].data).toMatchObject({ method: 'transfer' })
    expect(phone.askedFor('POST', '/checkouts')[0].data).not.toHaveProperty('method_by_group')
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/bank/notice?order=ord_1')
  })

  it('asks a second time before a transfer where the policy says so', async () => {
    phone.server = serverOf({ 'POST /checkouts/preview': { data: one() } })
    const confirm = await visit(Confirm, { all: '1' })
    await tap(confirm, '对公转账')
    await tap(confirm, '生成缴款书')
    expect(confirm.text()).toContain('请核对')
  })

  it('chooses for each part by itself and pays online first', async () => {
    phone.server = serverOf({
      'POST /checkouts/preview': { data: mixed() },
      'POST /checkouts': { status: 201, data: { orders: [made('ord_1'), made('ord_2')] } }
    })
    const confirm = await visit(Confirm, { all: '1' })
    expect(confirm.text()).not.toContain('只适用于增值税发票')
    await tap(confirm, '已汇款')
    await tap(confirm, '提交订单 ¥3.50')
    expect(phone.askedFor('POST', '/checkouts')[0].data).toMatchObject({
      method: 'online',
      method_by_group: { nontax: 'online', vat: 'remitted' }
    })
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/pay/pay?order=ord_1&then=ord_2&start=1')
  })

  it('takes the way that a link asks for', async () => {
    phone.server = serverOf({ 'POST /checkouts/preview': { data: mixed() } })
    const confirm = await visit(Confirm, { all: '1', method: 'remitted' })
    expect(confirm.text()).toContain('提交订单')
  })

  it('names what is done, for one way and for several', () => {
    expect(actionOf(['remitted'])).toBe('填写汇款信息')
    expect(actionOf(['transfer', 'remitted'])).toBe('提交订单')
  })

  it('goes on to what is not paid with WeChat', () => {
    const both = afterCheckout([
      { id: 'a', method: 'transfer' },
      { id: 'b', method: 'remitted' }
    ])
    expect(both).toEqual(['notice', { order: 'a', then: 'b' }])
  })
})

describe('the payment notice', () => {
  const shown = (more = {}) => order({ method: 'transfer', payment_notice: notice(more) })

  it('shows every value with its own button, the code in groups of four', async () => {
    phone.server = serverOf({ 'GET /orders/ord_1': { data: shown() } })
    const page = await visit(Notice, { order: 'ord_1' })
    for (const part of ['5012', '3456', '7890', '1234', '5678']) expect(page.text()).toContain(part)
    expect(page.text()).toContain('摘要必须填写 20 位缴款码')
    expect(page.text()).toContain('还剩 10 天')
    const copies: [string, string][] = [
      ['复制缴款码', '50123456789012345678'],
      ['复制账号', '3100021409024912345'],
      ['复制收款人', '重庆市财政局'],
      ['复制金额（元）', '1265.00'],
      ['复制全部', noticeText(notice())]
    ]
    for (const [button, value] of copies) {
      await tap(page, button)
      const calls = phone.setClipboardData.mock.calls
      expect(calls[calls.length - 1][0].data).toBe(value)
    }
  })

  it('sends the colleague a link that needs no login', async () => {
    phone.server = serverOf({
      'GET /orders/ord_1': { data: shown() },
      'POST /orders/ord_1/ask': {
        data: {
          url: 'https://pay.example.cn/h5/#/x',
          path: '/pages/guest/asked?token=t',
          title: '请转账',
          expires_at: 1
        }
      }
    })
    const page = await visit(Notice, { order: 'ord_1' })
    await tap(page, '转发给财务')
    await tap(page, '复制链接')
    expect(phone.setClipboardData.mock.calls[0][0].data).toContain('https://pay.example.cn/h5/#/x')
  })

  it.each(['expired', 'failed'] as const)('is made anew with one tap when it is %s', async (state) => {
    phone.server = serverOf({
      'GET /orders/ord_1': () => ({
        data:
          phone.askedFor('POST', '/renew').length > 0
            ? shown()
            : shown({ state, payment_code: null, can_renew: true })
      }),
      'POST /orders/ord_1/payment-notice/renew': { data: shown({ state: 'requested' }) }
    })
    const page = await visit(Notice, { order: 'ord_1' })
    expect(page.text()).not.toContain('复制缴款码')
    await tap(page, '重新生成缴款书')
    expect(page.text()).toContain('5012')
  })

  it('waits while the code is being asked for, and says that one may leave', async () => {
    vi.useFakeTimers()
    try {
      let asked = 0
      phone.server = () => ({ data: (asked += 1) > 1 ? shown() : shown({ state: 'requested' }) })
      const page = await visit(Notice, { order: 'ord_1' })
      expect(page.text()).toContain('正在申请缴款码')
      await vi.advanceTimersByTimeAsync(2000)
      await flushPromises()
      expect(page.text()).toContain('5012')
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('the remittance', () => {
  const can = (more: object) => ({ ...order().can, pay: false, ...more })
  const empty = () => order({ method: 'remitted', receipt_class: 'vat', can: can({ edit_remittance: true }) })
  const answers = () => ({
    'GET /orders/ord_1': { data: empty() },
    'POST /uploads': { data: upload({ state: 'receiving' as const, received_bytes: 0 }) },
    'PUT /uploads/upl_1/content': { data: upload() },
    'DELETE /uploads/upl_1': { status: 204 },
    'PUT /orders/ord_1/remittance': { data: empty() },
    'POST /orders/ord_1/remittance/submit': { data: order({ method: 'remitted', remittance: remittance() }) }
  })

  it('proposes all it knows: with a photo it is ready to be handed in', async () => {
    phone.server = serverOf(answers())
    const page = await visit(Remittance, { order: 'ord_1' })
    await tap(page, '拍照或选图片')
    await tap(page, '提交核实')
    expect(phone.askedFor('PUT', '/orders/ord_1/remittance')[0].data).toMatchObject({
      payer_name: '单位 unt_1',
      amount_fen: 126500,
      proof_ids: ['upl_1']
    })
    expect(page.text()).toContain('答复')
    expect(page.text()).toContain('7月6日（周一）')
  })

  it('says what is missing instead of handing in', async () => {
    phone.server = serverOf(answers())
    const page = await visit(Remittance, { order: 'ord_1' })
    await type(page, '付款单位（回单上的付款人户名）', '')
    await tap(page, '提交核实')
    expect(page.text()).toContain('请上传至少一张汇款回单')
    expect(page.text()).toContain('请填写付款单位名称')
    expect(page.text()).toContain('还有 2 处')
    expect(phone.askedFor('POST', '/submit')).toHaveLength(0)
  })

  it('cleans what is pasted and keeps every change on the phone', async () => {
    phone.server = serverOf(answers())
    const page = await visit(Remittance, { order: 'ord_1' })
    await type(page, '付款账号（可不填）', ' 6222 0212-3456\u3000７８ ')
    await type(page, '委托单号或合同号（可不填）', '２０２６ 0012 34')
    page.unmount()
    const again = await visit(Remittance, { order: 'ord_1' })
    const value = (label: string) =>
      (again.find(`input[aria-label="${label}"]`).element as HTMLInputElement).value
    expect(value('付款账号（可不填）')).toBe('62220212345678')
    expect(value('委托单号或合同号（可不填）')).toBe('2026001234')
  })

  it('is saved on the server shortly after the typing pauses', async () => {
    vi.useFakeTimers()
    try {
      phone.server = serverOf(answers())
      const page = await visit(Remittance, { order: 'ord_1' })
      await type(page, '付款银行（可不填）', '工')
      await type(page, '付款银行（可不填）', '工行')
      await vi.advanceTimersByTimeAsync(1000)
      expect(phone.askedFor('PUT', '/remittance').map(({ data }) => data)).toMatchObject([
        { payer_bank: '工行' }
      ])
      expect(page.text()).toContain('已自动保存')
    } finally {
      vi.useRealTimers()
    }
  })

  it('shows the opinion of a refusal, and begins again with everything kept', async () => {
    const refused = order({
      state: 'void',
      state_text: '已作废',
      method: 'remitted',
      can: can({ start_again: true }),
      remittance: remittance({
        state: 'rejected',
        state_text: '未通过',
        opinion: '回单看不清',
        payer_account: '622'
      })
    })
    phone.server = serverOf({
      'GET /orders/ord_1': { data: refused },
      'POST /orders/ord_1/again': { data: { fee_ids: ['a', 'b'], amount_fen: 126500 } }
    })
    const page = await visit(Remittance, { order: 'ord_1' })
    expect(page.text()).toContain('回单看不清')
    await tap(page, '修改后重新提交')
    expect(selection.request()).toEqual({ fee_ids: ['a', 'b'] })
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/confirm/confirm?method=remitted')
  })

  it('starts with what the server carried over from a refused one', async () => {
    const carried = remittance({ state: 'draft', payer_account: '622', remitted_on: '', amount_fen: 0 })
    phone.server = serverOf({ 'GET /orders/ord_1': { data: { ...empty(), remittance: carried } } })
    const page = await visit(Remittance, { order: 'ord_1' })
    const value = (label: string) =>
      (page.find(`input[aria-label="${label}"]`).element as HTMLInputElement).value
    expect(value('付款账号（可不填）')).toBe('622')
    expect(value('汇款金额（元）')).toBe('')
    expect(page.text()).toContain('已上传')
  })

  it('refuses what cannot be right before the server has to', () => {
    const typed = {
      payer_name: '甲',
      payer_account: '',
      payer_bank: '',
      remitted_on: '2026-07-02',
      amount: '1264.99',
      serial_no: '',
      reference_no: '',
      note: ''
    }
    expect(Object.keys(problemsOf({ ...typed, amount: '十元' }, '2026-07-01'))).toEqual([
      'remitted_on',
      'amount'
    ])
    expect(problemsOf({ ...typed, remitted_on: '2026-07-01' }, '2026-07-01')).toEqual({})
    expect(amountHint(typed, 126500)).toContain('1,265.00')
    expect(amountHint({ ...typed, amount: '1265' }, 126500)).toBe('')
  })
})

describe('a proof', () => {
  const BYTES = PART_BYTES * 2 + 10

  it('goes on where the line broke', async () => {
    let received = 0
    let breaks = 1
    const offsets: string[] = []
    const state = () =>
      upload({ bytes: BYTES, received_bytes: received, state: received === BYTES ? 'ready' : 'receiving' })
    phone.server = ({ method, url, data }) => {
      if (method !== 'PUT') return { data: state() }
      offsets.push(url.replace(/.*offset=/, ''))
      if (received > 0 && breaks-- > 0) return 'offline'
      received += (data as ArrayBuffer).byteLength
      return { data: state() }
    }
    const changed = vi.fn()
    const proofs = effectScope().run(() => useProofs(changed))!
    await proofs.add([file(BYTES)])
    expect(proofs.proofs[0]).toMatchObject({ state: 'stopped', sent_bytes: PART_BYTES })
    await proofs.send(proofs.proofs[0])
    expect(proofs.proofs[0].state).toBe('ready')
    expect(offsets).toEqual(['0', `${PART_BYTES}`, `${PART_BYTES}`, `${PART_BYTES * 2}`])
    expect(proofs.ready_ids.value).toEqual(['upl_1'])
    expect(changed).toHaveBeenCalledOnce()
  })

  it('says why the server refuses it', async () => {
    phone.server = () => refusal(415, 'upload_type', { message: '只能上传照片或 PDF' })
    const proofs = effectScope().run(() => useProofs(() => undefined))!
    await proofs.add([file(10, 'x.exe')])
    expect(proofs.proofs[0]).toMatchObject({ state: 'refused' })
    expect(proofs.ready_ids.value).toEqual([])
  })
})

describe('the order page of an order paid by the bank', () => {
  it('shows what has come and what is missing', async () => {
    phone.server = serverOf({
      'GET /orders/ord_1': {
        data: order({
          method: 'transfer',
          payment_notice: notice(),
          received_fen: 100000,
          missing_fen: 26500
        })
      }
    })
    const page = await visit(Order, { id: 'ord_1' })
    expect(page.text()).toContain('已收 ¥1,000.00，还差 ¥265.00')
    expect(page.text()).not.toContain('换一种')
    await tap(page, '看缴款码')
    expect(phone.navigateTo.mock.calls[0][0].url).toBe('/pages/bank/notice?order=ord_1')
  })

  it('changes the way to pay while nothing has come', async () => {
    phone.server = serverOf({
      'GET /orders/ord_1': { data: order({ can: { ...order().can, switch_to: ['transfer'] } }) },
      'POST /orders/ord_1/method': { data: order({ method: 'transfer', payment_notice: notice() }) }
    })
    const page = await visit(Order, { id: 'ord_1' })
    await tap(page, '换一种')
    await tap(page, '对公转账')
    expect(phone.askedFor('POST', '/method')[0].data).toEqual({ method: 'transfer' })
    expect(phone.navigateTo.mock.calls[0][0].url).toBe('/pages/bank/notice?order=ord_1')
  })

  it('leads to the remittance wherever it stands', async () => {
    const steps: [string, object][] = [
      ['填写汇款信息', {}],
      ['看核实进度', { remittance: remittance() }],
      [
        '看审核意见，重新提交',
        {
          state: 'void',
          can: { ...order().can, start_again: true },
          remittance: remittance({ state: 'rejected' })
        }
      ]
    ]
    for (const [text, more] of steps) {
      phone.server = serverOf({
        'GET /orders/ord_1': { data: order({ method: 'remitted', receipt_class: 'vat', ...more }) }
      })
      const page = await visit(Order, { id: 'ord_1' })
      await tap(page, text)
      page.unmount()
    }
    expect(phone.navigateTo.mock.calls.map(([{ url }]) => url)).toEqual(
      Array(3).fill('/pages/bank/remittance?order=ord_1')
    )
  })
})

describe('what is still to be transferred', () => {
  it('is the rest after a part payment, in the page and in the text that is sent on', () => {
    const whole = stillOwed({ payment_notice: notice(), received_fen: 0, missing_fen: notice().amount_fen })
    expect(whole?.amount_fen).toBe(notice().amount_fen)
    const rest = stillOwed({ payment_notice: notice(), received_fen: 63_250, missing_fen: 63_250 })
    expect(noticeText(rest!)).toContain('金额：632.50 元')
  })
})
