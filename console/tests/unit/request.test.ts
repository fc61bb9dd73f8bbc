import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api/error'
import { fileName, request, staffPath, whenSignedOut, whenStepUpNeeded } from '@/api/request'

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status })
const problem = (status: number, code: string) =>
  json(status, { error: { code, message: '不行', advice: '再试', money: 'none', trace_id: 'ABC-1' } })

let answers: (() => Response | Promise<Response>)[] = []
const fetched = vi.fn()

beforeEach(() => {
  answers = []
  fetched.mockReset()
  vi.stubGlobal('fetch', (path: string, options: RequestInit) => {
    fetched(path, options)
    return Promise.resolve().then(() => (answers.shift() ?? (() => json(200, {})))())
  })
  whenStepUpNeeded(() => Promise.resolve(false))
  whenSignedOut(() => undefined)
})

describe('request', () => {
  it('marks what changes something, and never what only reads', async () => {
    await request('POST', '/staff/v1/x', { a: 1 })
    await request('GET', '/staff/v1/x')
    const [writing, reading] = fetched.mock.calls.map(
      ([, options]) => (options as RequestInit).headers
    ) as Record<string, string>[]
    expect(writing?.['X-Requested-With']).toBe('tejian')
    expect(reading?.['X-Requested-With']).toBeUndefined()
    expect((fetched.mock.calls[0]?.[1] as RequestInit).credentials).toBe('same-origin')
  })

  it('asks the officer to prove himself, then sends the same once more', async () => {
    answers = [() => problem(403, 'step_up_needed'), () => json(200, { done: true })]
    const ask = vi.fn(() => Promise.resolve(true))
    whenStepUpNeeded(ask)
    await expect(request('POST', '/staff/v1/refund', { amount_fen: 5 })).resolves.toEqual({ done: true })
    expect(ask).toHaveBeenCalledTimes(1)
    const [first, second] = fetched.mock.calls.map(([path, options]) => [path, (options as RequestInit).body])
    expect(second).toEqual(first)
  })

  it('does nothing more when the officer gives up, and does not complain either', async () => {
    answers = [() => problem(403, 'step_up_needed')]
    const failure = await request('POST', '/staff/v1/refund', {}).catch((cause: unknown) => cause)
    expect(failure).toBeInstanceOf(ApiError)
    expect((failure as ApiError).silent).toBe(true)
    expect(fetched).toHaveBeenCalledTimes(1)
  })

  it('a writing is never repeated when the line breaks, a reading once', async () => {
    const broken = () => Promise.reject(new TypeError('failed to fetch'))
    answers = [broken]
    await expect(request('POST', '/staff/v1/x', {})).rejects.toMatchObject({
      code: 'network',
      money: 'unknown'
    })
    expect(fetched).toHaveBeenCalledTimes(1)
    answers = [broken, () => json(200, { ok: 1 })]
    await expect(request('GET', '/staff/v1/x')).resolves.toEqual({ ok: 1 })
  })

  it('keeps what the server says about a failure', async () => {
    answers = [() => problem(409, 'review_decided')]
    await expect(request('POST', '/staff/v1/x', {})).rejects.toMatchObject({
      message: '不行',
      advice: '再试',
      trace_id: 'ABC-1'
    })
  })

  it('tells when the session is gone', async () => {
    const gone = vi.fn()
    whenSignedOut(gone)
    answers = [() => problem(401, 'not_signed_in')]
    await request('GET', '/staff/v1/x').catch(() => undefined)
    expect(gone).toHaveBeenCalledTimes(1)
  })

  it('leaves empty values out of the address', () =>
    expect(staffPath('/orders', { q: '示例', state: '', after: null, mine: false, limit: 20 })).toBe(
      '/staff/v1/orders?q=%E7%A4%BA%E4%BE%8B&limit=20'
    ))

  it('finds the name of a file, the encoded one first', () => {
    expect(fileName(`attachment; filename="a.xlsx"; filename*=UTF-8''%E8%AE%A2%E5%8D%95.xlsx`)).toBe(
      '订单.xlsx'
    )
    expect(fileName('attachment; filename="a.xlsx"')).toBe('a.xlsx')
    expect(fileName(null)).toBeUndefined()
  })
})
