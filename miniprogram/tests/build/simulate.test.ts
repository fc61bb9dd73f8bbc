import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { answers } from './answers'
import { MINI_PROGRAM, pages } from './outputs'

const require = createRequire(import.meta.url)

interface Asked {
  url: string
  method: string
  header: Record<string, string>
  data?: unknown
  success: (answer: { statusCode: number; data: unknown; header: object }) => void
}

interface Rendered {
  dom: HTMLElement
  instance: Record<string, (...args: unknown[]) => unknown>
  attach(parent: Node): void
  detach(): void
  querySelector(
    selector: string
  ): { dom: HTMLElement; dispatchEvent(name: string, detail?: object): void } | undefined
}

interface Simulate {
  load(path: string, options: object): string
  render(id: string): Rendered
}

const asked: Asked[] = []
let signedIn = true
let simulate: Simulate

/** WeChat's own object as far as the pages use it; every call is recorded. */
const weixin = {
  request(options: Asked) {
    asked.push(options)
    const path = options.url.replace(/^\/api\/v1/, '').replace(/\?.*/, '')
    const data = answers(options.method, path, signedIn, options.data)
    queueMicrotask(() => options.success({ statusCode: data === undefined ? 204 : 200, data, header: {} }))
    return { abort: () => undefined }
  },
  login: ({ success }: { success: (answer: { code: string }) => void }) => success({ code: 'wx-code' }),
  navigateTo: vi.fn(),
  redirectTo: vi.fn(),
  reLaunch: vi.fn(),
  navigateBack: vi.fn(),
  requestPayment: vi.fn(),
  requestSubscribeMessage: vi.fn(),
  makePhoneCall: vi.fn(),
  downloadFile: vi.fn(),
  chooseInvoiceTitle: vi.fn(),
  stopPullDownRefresh: vi.fn(),
  showToast: vi.fn(),
  getStorageSync: (key: string) => stored.get(key) ?? '',
  setStorageSync: (key: string, value: unknown) => void stored.set(key, value),
  removeStorageSync: (key: string) => void stored.delete(key),
  getStorageInfoSync: () => ({ keys: [...stored.keys()] }),
  getSystemInfoSync: () => ({
    SDKVersion: '3.0.0',
    platform: 'devtools',
    safeAreaInsets: {},
    windowWidth: 390
  }),
  getAppBaseInfo: () => ({ SDKVersion: '3.0.0', language: 'zh_CN' }),
  getWindowInfo: () => ({ windowWidth: 390, windowHeight: 844, safeAreaInsets: {} }),
  getDeviceInfo: () => ({ platform: 'devtools' }),
  getLaunchOptionsSync: () => ({}),
  getEnterOptionsSync: () => ({}),
  canIUse: () => true,
  onAppShow: () => undefined,
  onAppHide: () => undefined,
  onError: () => undefined,
  onUnhandledRejection: () => undefined,
  onPageNotFound: () => undefined,
  onThemeChange: () => undefined
}
const stored = new Map<string, unknown>()

async function settle() {
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function visit(page: string, query: Record<string, string> = {}): Promise<Rendered> {
  const id = simulate.load(join(MINI_PROGRAM, page), { rootPath: MINI_PROGRAM, compiler: 'official' })
  const rendered = simulate.render(id)
  current = [{ route: page, options: query }]
  // WeChat gives a page its route before it attaches it; that is how the framework knows a page.
  Object.assign(rendered.instance, { route: page })
  rendered.attach(document.body)
  rendered.instance.onLoad(query)
  rendered.instance.onShow?.()
  rendered.instance.onReady?.()
  await settle()
  return rendered
}

function touch(name: string, dom: Element, touches: object[]) {
  const at = { pageX: 0, pageY: 0, clientX: 0, clientY: 0 }
  const event = new Event(name, { bubbles: true, cancelable: true })
  dom.dispatchEvent(Object.assign(event, { touches, changedTouches: [at] }))
}

/** A finger on the innermost thing that shows this text. */
async function tap(rendered: Rendered, text: string) {
  const shown = [...rendered.dom.querySelectorAll('*')].filter((one) => one.textContent?.includes(text))
  const target = shown[shown.length - 1]
  if (!target) throw new Error(`nothing shows ${text}`)
  touch('touchstart', target, [{ pageX: 0, pageY: 0, clientX: 0, clientY: 0 }])
  touch('touchend', target, [])
  await settle()
}

let current: { route: string; options: Record<string, string> }[] = []

beforeAll(() => {
  const world = globalThis as unknown as Record<string, unknown>
  world.wx = weixin
  const app: { onLaunch?: (options: object) => void } = {}
  world.App = (options: object) => Object.assign(app, options)
  world.Page = () => undefined
  world.getApp = () => app
  world.getCurrentPages = () => current
  simulate = require('miniprogram-simulate') as Simulate
  require(join(MINI_PROGRAM, 'app.js'))
  app.onLaunch?.({})
})

beforeEach(() => {
  asked.length = 0
  weixin.requestPayment.mockReset()
  signedIn = true
})

const QUERIES: Record<string, Record<string, string>> = {
  'pages/confirm/confirm': { all: '1' },
  'pages/pay/pay': { order: 'ord_1' },
  'pages/order/order': { id: 'ord_1' },
  'pages/bank/notice': { order: 'ord_2' },
  'pages/bank/remittance': { order: 'ord_3' },
  'pages/guest/asked': { token: 'asked-1' },
  'pages/papers/report': { id: 'rpt_1', no: 'WTJ202610001' },
  'pages/credit/credit': { id: 'crd_1' },
  'pages/unit/accept': { token: 'invite-1' }
}

const SHOWS: Record<string, string> = {
  'pages/home/home': '1,265.00',
  'pages/fees/fees': '曳引驱动乘客电梯',
  'pages/confirm/confirm': '去支付 ¥1,265.00',
  'pages/pay/pay': '立即支付',
  'pages/orders/orders': 'WT2026266101',
  'pages/order/order': '壹仟贰佰陆拾伍元整',
  'pages/reports/reports': 'WTJ202610001',
  'pages/titles/titles': '91350100M000100Y43',
  'pages/messages/messages': '有 1 份报告待缴费',
  'pages/messages/settings': '每天只提醒一次',
  'pages/account/recover': '新密码保存后',
  'pages/account/phone': '现在的手机号',
  'pages/account/data': '个人信息副本',
  'pages/account/question': '最喜欢的城市',
  'pages/unit/invite': '谁先打开链接并接受',
  'pages/unit/accept': '邀请您加入',
  'pages/me/me': '139****0001',
  'pages/devices/devices': 'iPhone',
  'pages/password/password': '新密码',
  'pages/help/help': '怎么缴费',
  'pages/privacy/privacy': '我们用哪些信息',
  'pages/login/login': '微信一键登录',
  'pages/missing/missing': '没有这个页面',
  'pages/bank/notice': '复制缴款码',
  'pages/bank/remittance': '拍照或选图片',
  'pages/guest/find': '缴款单位名称',
  'pages/guest/asked': '测试****公司',
  'pages/papers/receipts': '发到邮箱',
  'pages/papers/report': '第 1 页，共 1 页',
  'pages/papers/vouchers': '待领取',
  'pages/credit/credits': '月底统一付款',
  'pages/credit/credit': '流转情况',
  'pages/credit/request': '还没有挑选报告',
  'pages/register/consents': '第一次办理前',
  'pages/register/agreement': '办理业务必需',
  'pages/register/register': '注册协议',
  'pages/register/mine': 'ZC2026326000001',
  'pages/unit/members': '财务小李',
  'pages/unit/profile': '91350100M000100Y43',
  'pages/unit/change': '审核通过后生效',
  'pages/unit/qualifications': 'TS2310001-2028',
  'pages/offices/offices': '可领取纸质报告'
}

describe('the compiled mini-program', () => {
  it.each(pages())('shows %s', async (page) => {
    const shown = SHOWS[page]
    if (!shown) throw new Error(`what ${page} shows is not said here`)
    const rendered = await visit(page, QUERIES[page])
    await vi.waitFor(() => expect(rendered.dom.textContent).toContain(shown))
    expect(rendered.dom.textContent).not.toContain('undefined')
    rendered.detach()
  })

  it('tells the server that it is the mini-program', async () => {
    const rendered = await visit('pages/orders/orders')
    expect(asked.length).toBeGreaterThan(0)
    for (const { header } of asked) expect(header['X-Client']).toBe('mini-program')
    rendered.detach()
  })

  it('turns to the unit that a message names before it asks for the order', async () => {
    const rendered = await visit('pages/order/order', { id: 'ord_1', unit: 'unt_2' })
    const questions = asked.map(({ method, url }) => `${method} ${url.replace(/\?.*/, '')}`)
    expect(questions).toEqual(['PUT /api/v1/session/unit', 'GET /api/v1/orders/ord_1'])
    expect(rendered.dom.textContent).toContain('测试二号物业')
    rendered.detach()
  })

  it('opens the payment sheet with exactly what the server signed', async () => {
    const rendered = await visit('pages/pay/pay', { order: 'ord_1' })
    await tap(rendered, '立即支付')
    await vi.waitFor(() => expect(weixin.requestPayment).toHaveBeenCalledOnce())
    expect(weixin.requestPayment.mock.calls[0][0]).toMatchObject({
      timeStamp: '1785500000',
      nonceStr: 'nonce',
      package: 'prepay_id=wx1',
      signType: 'RSA',
      paySign: 'signature'
    })
    expect(asked.find(({ url }) => url.endsWith('/orders/ord_1/payments'))?.data).toMatchObject({
      channel: 'mini_program'
    })
    rendered.detach()
  })

  it('believes the server and not the sheet', async () => {
    weixin.requestPayment.mockImplementation(({ success }: { success: () => void }) => success())
    const rendered = await visit('pages/pay/pay', { order: 'ord_1' })
    await tap(rendered, '立即支付')
    await vi.waitFor(() => expect(rendered.dom.textContent).toContain('正在确认'))
    expect(rendered.dom.textContent).not.toContain('支付成功')
    expect(asked.filter(({ url }) => url.includes('payment-state?ask=1'))).toHaveLength(1)
    rendered.detach()
  })

  it('says that nothing was taken after the sheet was closed', async () => {
    weixin.requestPayment.mockImplementation(({ fail }: { fail: (why: object) => void }) =>
      fail({ errMsg: 'requestPayment:fail cancel' })
    )
    const rendered = await visit('pages/pay/pay', { order: 'ord_1' })
    await tap(rendered, '立即支付')
    await vi.waitFor(() => expect(rendered.dom.textContent).toContain('没有扣款'))
    rendered.detach()
  })

  it('turns large when the elder mode is switched on', async () => {
    const rendered = await visit('pages/home/home')
    expect(rendered.dom.querySelector('.elder, [class*="elder-20"]')).toBeNull()
    await tap(rendered, '大字版')
    await vi.waitFor(() => expect(rendered.dom.innerHTML).toContain('elder-20'))
    await tap(rendered, '标准版')
    rendered.detach()
  })
})

describe('a visitor of the compiled mini-program', () => {
  it('is signed in without a question where WeChat knows them', async () => {
    signedIn = false
    stored.clear()
    vi.resetModules()
    for (const file of Object.keys(require.cache))
      if (file.startsWith(MINI_PROGRAM)) delete require.cache[file]
    const app: { onLaunch?: (options: object) => void } = {}
    const world = globalThis as unknown as Record<string, unknown>
    world.App = (options: object) => Object.assign(app, options)
    world.getApp = () => app
    require(join(MINI_PROGRAM, 'app.js'))
    app.onLaunch?.({})
    const rendered = await visit('pages/home/home')
    expect(asked.find(({ url }) => url.endsWith('/session/mini-program'))?.data).toEqual({ code: 'wx-code' })
    await vi.waitFor(() => expect(rendered.dom.textContent).toContain('登录查看待缴费'))
    rendered.detach()
  })
})
