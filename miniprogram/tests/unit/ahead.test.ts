import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ASKED_AHEAD, nameAhead, SESSION_PATH, type AnswerAhead } from '@/api/ahead'
import { fetchFees, fetchHome, previewCheckout } from '@/api/fees'
import { fetchOrder } from '@/api/orders'
import { request } from '@/api/request'
import { fetchSession } from '@/api/session'
import { phone } from './support/phone'

const page = window as unknown as { tejian_ahead?: Record<string, Promise<AnswerAhead | null>> }

const answered = (data: unknown): Promise<AnswerAhead> =>
  Promise.resolve({ statusCode: 200, header: { date: '' }, data })

/** What each page where people arrive asks first, through its own functions. */
const FIRST_QUESTIONS: Record<string, () => Promise<unknown>> = {
  'pages/home/home': fetchHome,
  'pages/fees/fees': () => fetchFees('', null),
  'pages/confirm/confirm': () => previewCheckout({ all_matching: {} }),
  'pages/order/order': () => fetchOrder('ord_1')
}

describe('answers asked for before the code came', () => {
  beforeEach(() => {
    page.tejian_ahead = {}
  })
  afterEach(() => {
    page.tejian_ahead = undefined
  })

  it.each(Object.keys(ASKED_AHEAD))(
    'serve the first question of %s, which then asks nothing',
    async (name) => {
      const [{ method, path, body }] = ASKED_AHEAD[name]
      page.tejian_ahead = { [nameAhead(method, path.replace('{id}', 'ord_1'), body)]: answered({ of: name }) }
      expect(await FIRST_QUESTIONS[name]()).toEqual({ of: name })
      expect(phone.asked).toEqual([])
    }
  )

  it('are given out once', async () => {
    page.tejian_ahead = { [nameAhead('GET', SESSION_PATH)]: answered({ signed_in: false }) }
    expect(await fetchSession()).toEqual({ signed_in: false })
    phone.server = () => ({ data: { signed_in: true } })
    expect(await fetchSession()).toEqual({ signed_in: true })
    expect(phone.asked).toHaveLength(1)
  })

  it('are asked for again where none came', async () => {
    page.tejian_ahead = { [nameAhead('GET', SESSION_PATH)]: Promise.resolve(null) }
    phone.server = () => ({ data: { signed_in: true } })
    expect(await fetchSession()).toEqual({ signed_in: true })
  })

  it('count no longer once something was written', async () => {
    page.tejian_ahead = { [nameAhead('GET', '/api/v1/home')]: answered({ old: true }) }
    await request('PUT', '/api/v1/session/unit', { unit_id: 'unt_2' })
    phone.server = () => ({ data: { old: false } })
    expect(await fetchHome()).toEqual({ old: false })
  })
})
