import { vi } from 'vitest'

interface Asked {
  url: string
  method: string
  header: Record<string, string>
  data?: unknown
}

/** What the server says to one request; a number alone is a status without a body, `offline` no answer. */
export type Answer = { status?: number; data?: unknown } | 'offline'

type Server = (asked: Asked) => Answer | Promise<Answer>

/** The stack of open pages. */
export const pages: { route: string; options: Record<string, string> }[] = []

const stored = new Map<string, string>()

/** A phone whose network, storage and navigation tests look into. */
export const phone = {
  asked: [] as Asked[],
  server: (() => ({ data: {} })) as Server,
  /** Headers of every answer. */
  header: {} as Record<string, string>,
  navigateTo: vi.fn(),
  redirectTo: vi.fn(),
  reLaunch: vi.fn(),
  navigateBack: vi.fn(),
  requestPayment: undefined as undefined | ((options: object) => void),
  requestSubscribeMessage: vi.fn(),
  makePhoneCall: vi.fn(),
  showToast: vi.fn(),
  stopPullDownRefresh: vi.fn(),
  pageScrollTo: vi.fn(),
  setClipboardData: vi.fn(),
  login: vi.fn(),
  previewImage: vi.fn(),

  request(options: Asked & { success: (answer: object) => void; fail: (why: object) => void }): void {
    const { url, method, header, data } = options
    phone.asked.push({ url, method, header, data })
    void Promise.resolve(phone.server({ url, method, header, data })).then((answer) => {
      if (answer === 'offline') options.fail({ errMsg: 'request:fail' })
      else options.success({ statusCode: answer.status ?? 200, data: answer.data, header: phone.header })
    })
  },
  getStorageSync: (key: string) => stored.get(key) ?? '',
  setStorageSync: (key: string, value: string) => void stored.set(key, value),
  removeStorageSync: (key: string) => void stored.delete(key),
  getStorageInfoSync: () => ({ keys: [...stored.keys()] }),

  /** Requests whose path ends so. */
  askedFor(method: string, end: string): Asked[] {
    return phone.asked.filter((one) => one.method === method && one.url.endsWith(end))
  },

  reset(): void {
    phone.asked.length = 0
    phone.server = () => ({ data: {} })
    phone.header = {}
    phone.requestPayment = undefined
    stored.clear()
    for (const value of Object.values(phone)) if (vi.isMockFunction(value)) value.mockReset()
  }
}

/** An error answer as the server writes it. */
export function refusal(status: number, code: string, more: object = {}): Answer {
  return {
    status,
    data: { error: { code, message: `${code} 的说明`, money: 'none', trace_id: 'trace-1', ...more } }
  }
}

/** Answers by `METHOD /path` (without the query); anything else fails the test loudly. */
export function serverOf(answers: Record<string, Answer | ((asked: Asked) => Answer)>): Server {
  return (asked) => {
    const key = `${asked.method} ${asked.url.replace(/^\/api\/v1/, '').replace(/\?.*/, '')}`
    const answer = answers[key]
    if (answer === undefined) throw new Error(`the test's server knows no ${key}`)
    return typeof answer === 'function' ? answer(asked) : answer
  }
}
