import { beforeEach, describe, expect, it } from 'vitest'
import type { CreditRequest } from '@/api/money'
import Credit from '@/pages/credit/credit.vue'
import Request from '@/pages/credit/request.vue'
import { dueText } from '@/pages/credit/tone'
import { selection } from '@/stores/selection'
import { session } from '@/stores/session'
import { tap, type, visit } from './support/mount'
import { phone, refusal, serverOf } from './support/phone'
import { fee, preview, session as signedIn } from './support/shapes'

const credit = (more: Partial<CreditRequest> = {}): CreditRequest => ({
  id: 'crd_1',
  request_no: 'QF1',
  state: 'submitted',
  state_text: '审核中',
  amount_fen: 350,
  count: 2,
  owed_fen: 0,
  reason: '月底统一付款',
  proposed_due_on: '2026-12-20',
  created_at: 0,
  can: { withdraw: true, pay: false },
  flow: [{ at: 0, title: '提交申请', by: '申请单位' }],
  fees: [],
  ...more
})
const owed = (fee_id: string, state: string, amount_fen: number) => ({
  fee_id,
  report_id: `rpt_${fee_id}`,
  report_no: fee_id,
  device_name: '电梯',
  amount_fen,
  state,
  state_text: state
})

beforeEach(() => {
  session.adopt(signedIn())
  selection.clear()
})

describe('asking for credit', () => {
  const answers = { 'POST /checkouts/preview': { data: preview([fee('a', 100), fee('b', 250)]) } }

  it('needs a reason, and goes to the request', async () => {
    selection.replaceWith(['a', 'b'], 350)
    phone.server = serverOf({ ...answers, 'POST /credit-requests': { status: 201, data: credit() } })
    const page = await visit(Request)
    await tap(page, '提交申请')
    expect(page.text()).toContain('请写明理由')
    await type(page, '申请理由', ' 月底统一付款 ')
    await tap(page, '提交申请')
    expect(phone.askedFor('POST', '/credit-requests')[0].data).toMatchObject({
      fee_ids: ['a', 'b'],
      reason: '月底统一付款'
    })
    expect(phone.redirectTo.mock.calls[0][0].url).toBe('/pages/credit/credit?id=crd_1')
  })

  it('says why there is no room for more', async () => {
    selection.replaceWith(['a', 'b'], 350)
    phone.server = serverOf({
      ...answers,
      'POST /credit-requests': refusal(409, 'credit_limit', { message: '超过本单位的额度' })
    })
    const page = await visit(Request)
    await type(page, '申请理由', '月底')
    await tap(page, '提交申请')
    expect(page.text()).toContain('超过本单位的额度')
  })
})

describe('a credit request', () => {
  it('is withdrawn only after a question', async () => {
    let state: Partial<CreditRequest> = {}
    phone.server = serverOf({
      'GET /credit-requests/crd_1': () => ({ data: credit(state) }),
      'POST /credit-requests/crd_1/withdraw': () => {
        state = { state: 'withdrawn', state_text: '已撤回', can: { withdraw: false, pay: false } }
        return { data: credit(state) }
      }
    })
    const page = await visit(Credit, { id: 'crd_1' })
    await tap(page, '撤回申请')
    expect(phone.askedFor('POST', '/withdraw')).toHaveLength(0)
    await tap(page, '确定撤回')
    expect(page.text()).toContain('已撤回')
  })

  it('leads to paying exactly what is owed', async () => {
    const granted = credit({
      state: 'approved',
      state_text: '已批准',
      due_on: '2026-12-31',
      owed_fen: 250,
      can: { withdraw: false, pay: true },
      fees: [owed('a', 'paid', 100), owed('b', 'payable', 250)]
    })
    phone.server = serverOf({ 'GET /credit-requests/crd_1': { data: granted } })
    const page = await visit(Credit, { id: 'crd_1' })
    expect(page.text()).toContain('请在 2026-12-31 前缴清')
    await tap(page, '去补缴 ¥2.50')
    expect(selection.request()).toEqual({ fee_ids: ['b'] })
    expect(phone.navigateTo.mock.calls[0][0].url).toBe('/pages/confirm/confirm')
  })

  it('says when it is overdue, and nothing of days once it is over', () => {
    expect(dueText(credit({ state: 'overdue', due_on: '2026-11-01' }))).toContain('已经逾期')
    expect(dueText(credit({ state: 'settled' }))).toBe('')
  })
})
