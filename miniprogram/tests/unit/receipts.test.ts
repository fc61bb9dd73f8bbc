import { beforeEach, describe, expect, it } from 'vitest'
import type { Receipt } from '@/api/money'
import Order from '@/pages/order/order.vue'
import Receipts from '@/pages/papers/receipts.vue'
import { session } from '@/stores/session'
import { tap, type, visit } from './support/mount'
import { phone, refusal, serverOf } from './support/phone'
import { order, session as signedIn } from './support/shapes'

const NO = { download: false, download_ofd: false, mail: false, retry: false }
const receipt = (more: Partial<Receipt> = {}): Receipt => ({
  id: 'inv_1',
  order_id: 'ord_1',
  order_no: 'WT1',
  amount_fen: 126500,
  requested_at: 0,
  kind: 'ordinary',
  kind_text: '增值税普通发票',
  state: 'issued',
  state_text: '已开票',
  title: { kind: 'organization', name: '测试一号物业', tax_no: '91350100M000100Y43' },
  has_ofd: true,
  can: { ...NO, download: true, download_ofd: true, mail: true },
  ...more
})
const page = (...items: Receipt[]) => ({ data: { items, next: null, years: [2026, 2025] } })

beforeEach(() => {
  session.adopt(signedIn())
})

describe('the receipts of all years', () => {
  it('offers what can be done with each, and a year at once', async () => {
    const failed = receipt({
      id: 'inv_2',
      order_id: 'ord_2',
      state: 'failed',
      state_text: '开票失败',
      failure: '税号不符',
      can: { ...NO, retry: true }
    })
    phone.server = serverOf({
      'GET /invoices': page(receipt(), failed),
      'POST /download-links': refusal(409, 'no_receipts')
    })
    const shown = await visit(Receipts)
    expect(shown.text()).toContain('没有开成：税号不符')
    expect(shown.text().match(/发到邮箱/g)).toHaveLength(1)
    for (const kind of ['全部票据（ZIP）', '缴费对账单（Excel）', '缴费对账单（PDF）']) await tap(shown, kind)
    expect(phone.askedFor('POST', '/download-links').map(({ data }) => data)).toEqual([
      { kind: 'year_invoices_zip', id: '2026' },
      { kind: 'year_statement_xlsx', id: '2026' },
      { kind: 'year_statement_pdf', id: '2026' }
    ])
  })

  it('sends one to an address and shows how far the mail is', async () => {
    const mail = {
      address_masked: 'c***@example.cn',
      state: 'waiting' as const,
      state_text: '等待发送',
      requested_at: 0
    }
    phone.server = serverOf({
      'GET /invoices': () => page(receipt(phone.askedFor('POST', '/email').length > 0 ? { mail } : {})),
      'POST /orders/ord_1/invoice/email': { data: order() }
    })
    const shown = await visit(Receipts)
    await tap(shown, '发到邮箱')
    await type(shown, '邮箱', 'caiwu@example')
    await tap(shown, '发送')
    expect(shown.text()).toContain('请填写完整的邮箱地址')
    await type(shown, '邮箱', ' caiwu@example.cn ')
    await tap(shown, '发送')
    expect(phone.askedFor('POST', '/email')[0].data).toEqual({ email: 'caiwu@example.cn' })
    expect(shown.text()).toContain('邮件 c***@example.cn：等待发送')
  })
})

describe('the receipt on its order', () => {
  it('says what is missing where it was taken back and the money stayed', async () => {
    const shown = async (state: 'completed' | 'refunded') => {
      const invoice = { ...order().invoice, state: 'reversed' as const }
      const can = { ...order().can, pay: false }
      const gone = order({ state, state_text: '', invoice_state: 'reversed', invoice, can })
      phone.server = serverOf({ 'GET /orders/ord_1': { data: gone } })
      return (await visit(Order, { id: 'ord_1' })).text()
    }
    expect(await shown('completed')).toContain('需要重开请致电 023-88888888')
    expect(await shown('refunded')).not.toContain('需要重开')
  })

  it('can be had as OFD and by mail where the server says so', async () => {
    const can = {
      ...order().can,
      pay: false,
      download_invoice: true,
      download_invoice_ofd: true,
      mail_invoice: true
    }
    phone.server = serverOf({
      'GET /orders/ord_1': { data: order({ state: 'completed', state_text: '已完成', can }) },
      'POST /download-links': refusal(409, 'no_ofd')
    })
    const shown = await visit(Order, { id: 'ord_1' })
    expect(shown.text()).toContain('发到邮箱')
    await tap(shown, 'OFD 文件')
    expect(phone.askedFor('POST', '/download-links')[0].data).toEqual({
      kind: 'order_invoice_ofd',
      id: 'ord_1'
    })
  })
})
