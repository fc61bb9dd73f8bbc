import { describe, expect, it, vi } from 'vitest'
import { serverNow } from '@/api/clock'
import { ApiError } from '@/api/error'
import { apiPath, request, setBearerToken, whenSignedOut } from '@/api/request'
import { phone, refusal, type Answer } from './support/phone'

const failing = async (answer: Promise<unknown>): Promise<ApiError> => {
  const cause: unknown = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  if (!(cause instanceof ApiError)) throw new Error('an ApiError was expected')
  return cause
}

describe('the one request function', () => {
  it('names the client and carries the sign against forged requests', async () => {
    await request('POST', '/api/v1/orders', { a: 1 })
    expect(phone.asked[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1/orders',
      data: { a: 1 },
      header: { 'X-Client': 'h5-browser', 'X-Requested-With': 'tejian', 'Content-Type': 'application/json' }
    })
    expect(phone.asked[0].header.Authorization).toBeUndefined()
  })

  it('carries the token where there is one', async () => {
    setBearerToken('secret')
    await request('GET', '/api/v1/home')
    setBearerToken('')
    expect(phone.asked[0].header.Authorization).toBe('Bearer secret')
  })

  it('writes the query without empty values', () => {
    expect(apiPath('/fees', { q: '', after: null, limit: 20, year: undefined })).toBe('/api/v1/fees?limit=20')
    expect(apiPath('/fees', { q: '电梯 1&2' })).toBe('/api/v1/fees?q=%E7%94%B5%E6%A2%AF%201%262')
    expect(apiPath('/home')).toBe('/api/v1/home')
  })

  it('turns a refusal into the words of the server', async () => {
    phone.server = () =>
      refusal(409, 'order_paying', { money: 'unknown', advice: '请稍候', fields: { a: 'b' } })
    const error = await failing(request('POST', '/api/v1/x', {}))
    expect(error).toMatchObject({
      status: 409,
      code: 'order_paying',
      money: 'unknown',
      advice: '请稍候',
      trace_id: 'trace-1',
      fields: { a: 'b' },
      offline: false
    })
  })

  it('never repeats writing, and says that money is not certain when the line broke while paying', async () => {
    phone.server = () => 'offline'
    const error = await failing(request('POST', '/api/v1/orders/ord_1/payments', {}))
    expect(phone.asked).toHaveLength(1)
    expect(error).toMatchObject({ offline: true, money: 'unknown' })
  })

  it('frightens nobody with money where none can move', async () => {
    phone.server = () => 'offline'
    expect(await failing(request('POST', '/api/v1/checkouts/preview', {}))).toMatchObject({ money: 'none' })
    phone.server = () => ({ status: 502, data: '<html>' })
    expect(await failing(request('GET', '/api/v1/fees'))).toMatchObject({ money: 'none' })
    expect(await failing(request('GET', '/api/v1/orders/o/payment-state?ask=true'))).toMatchObject({
      money: 'unknown'
    })
  })

  it('repeats reading once when the line broke', async () => {
    const answers: Answer[] = ['offline', { data: { ok: true } }]
    phone.server = () => answers.shift()!
    expect(await request('GET', '/api/v1/x')).toEqual({ ok: true })
    expect(phone.asked).toHaveLength(2)
  })

  it('survives an answer that is not ours', async () => {
    phone.server = () => ({ status: 502, data: '<html>bad gateway</html>' })
    expect(await failing(request('GET', '/api/v1/x'))).toMatchObject({ status: 502, code: 'bad_answer' })
  })

  it('learns the time of the server, because phones are set wrong', async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
    phone.header = { Date: 'Thu, 01 Jan 2026 01:00:00 GMT' }
    await request('GET', '/api/v1/x')
    expect(serverNow()).toBe(Date.UTC(2026, 0, 1, 1))
    phone.header = { date: 'Thu, 01 Jan 2026 00:00:01 GMT' }
    await request('GET', '/api/v1/x')
    expect(serverNow()).toBe(Date.now())
    vi.useRealTimers()
  })

  it('tells that the session is gone', async () => {
    const gone = vi.fn()
    whenSignedOut(gone)
    phone.server = () => refusal(401, 'bad_credentials')
    await failing(request('POST', '/api/v1/session/password', {}))
    expect(gone).not.toHaveBeenCalled()
    phone.server = () => refusal(401, 'not_signed_in')
    await failing(request('GET', '/api/v1/home'))
    expect(gone).toHaveBeenCalledOnce()
  })
})
