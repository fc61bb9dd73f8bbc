import { afterEach, describe, expect, it, vi } from 'vitest'
import { openPaySheet, paymentChannel } from '@/platform/pay'
import { payInMiniProgram } from '@/platform/pay/mini-program'
import { payInWechatBrowser } from '@/platform/pay/wechat-browser'
import { phone } from './support/phone'

const PARAMETERS = {
  appId: 'wx1',
  timeStamp: '1785500000',
  nonceStr: 'nonce',
  package: 'prepay_id=wx1',
  signType: 'RSA',
  paySign: 'signature'
}

type Done = (answer: { err_msg?: string; err_desc?: string }) => void

function bridge(answer: { err_msg?: string; err_desc?: string }) {
  const invoke = vi.fn((_name: string, _parameters: unknown, done: Done) => done(answer))
  ;(window as unknown as { WeixinJSBridge?: object }).WeixinJSBridge = { invoke }
  return invoke
}

afterEach(() => {
  delete (window as unknown as { WeixinJSBridge?: object }).WeixinJSBridge
  vi.unstubAllGlobals()
  vi.useRealTimers()
  vi.stubGlobal('uni', phone)
})

const inWechat = () =>
  vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue('Mozilla/5.0 MicroMessenger/8.0.50')

describe('paying in a plain browser', () => {
  it('is done with a code and never with a sheet', () => {
    expect(paymentChannel()).toBe('native')
  })

  it('fails instead of pretending when a sheet is asked for', async () => {
    await expect(openPaySheet(PARAMETERS)).rejects.toMatchObject({
      code: 'payment_unsupported',
      money: 'none'
    })
  })

  it('fails when the server gave no parameters', async () => {
    inWechat()
    await expect(openPaySheet(undefined)).rejects.toMatchObject({ code: 'payment_unsupported' })
  })
})

describe("paying in WeChat's browser", () => {
  it('hands over exactly what the server signed', async () => {
    inWechat()
    const invoke = bridge({ err_msg: 'get_brand_wcpay_request:ok' })
    expect(paymentChannel()).toBe('jsapi')
    expect(await openPaySheet(PARAMETERS)).toBe('closed-after-paying')
    expect(invoke.mock.calls[0][0]).toBe('getBrandWCPayRequest')
    expect(invoke.mock.calls[0][1]).toEqual(PARAMETERS)
  })

  it('knows a sheet that was closed', async () => {
    bridge({ err_msg: 'get_brand_wcpay_request:cancel' })
    expect(await payInWechatBrowser(PARAMETERS)).toBe('cancelled')
  })

  it('does not call a failure a success', async () => {
    bridge({ err_msg: 'get_brand_wcpay_request:fail', err_desc: '签名错误' })
    await expect(payInWechatBrowser(PARAMETERS)).rejects.toMatchObject({
      code: 'pay_sheet_failed',
      money: 'unknown'
    })
    bridge({})
    await expect(payInWechatBrowser(PARAMETERS)).rejects.toMatchObject({ code: 'pay_sheet_failed' })
  })

  it('waits for a bridge that comes late', async () => {
    const paying = payInWechatBrowser(PARAMETERS)
    bridge({ err_msg: 'get_brand_wcpay_request:ok' })
    document.dispatchEvent(new Event('WeixinJSBridgeReady'))
    expect(await paying).toBe('closed-after-paying')
  })

  it('fails when no bridge ever comes', async () => {
    vi.useFakeTimers()
    const paying = payInWechatBrowser(PARAMETERS)
    const refused = expect(paying).rejects.toMatchObject({ code: 'payment_unsupported' })
    await vi.runAllTimersAsync()
    await refused
  })
})

describe('paying in the mini-program', () => {
  it('fails where the platform cannot pay', async () => {
    await expect(payInMiniProgram(PARAMETERS)).rejects.toMatchObject({ code: 'payment_unsupported' })
  })

  it('passes the signed parameters on, without the app id', async () => {
    const sheet = vi.fn((options: { success?: () => void }) => options.success?.())
    phone.requestPayment = sheet
    expect(await payInMiniProgram(PARAMETERS)).toBe('closed-after-paying')
    const { appId: _appId, ...signed } = PARAMETERS
    expect(sheet.mock.calls[0][0]).toMatchObject(signed)
  })

  it('tells closing from failing', async () => {
    phone.requestPayment = ({ fail }: { fail?: (why: object) => void }) =>
      fail?.({ errMsg: 'requestPayment:fail cancel' })
    expect(await payInMiniProgram(PARAMETERS)).toBe('cancelled')
    phone.requestPayment = ({ fail }: { fail?: (why: object) => void }) =>
      fail?.({ errMsg: 'requestPayment:fail no permission' })
    await expect(payInMiniProgram(PARAMETERS)).rejects.toMatchObject({ code: 'pay_sheet_failed' })
  })
})
