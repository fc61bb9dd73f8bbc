import type { PaymentParameters } from '@/api/types'
import { sheetFailed, unsupportedPayment, type PaySheetResult } from './outcome'

interface Bridge {
  invoke(
    name: string,
    parameters: unknown,
    done: (answer: { err_msg?: string; err_desc?: string }) => void
  ): void
}

const BRIDGE_WAIT_MS = 5000

function bridgeNow(): Bridge | undefined {
  return (window as unknown as { WeixinJSBridge?: Bridge }).WeixinJSBridge
}

/** WeChat puts its bridge into the page some time after the page has loaded. */
function waitForBridge(): Promise<Bridge> {
  const ready = bridgeNow()
  if (ready) return Promise.resolve(ready)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(), BRIDGE_WAIT_MS)
    const finish = () => {
      clearTimeout(timer)
      document.removeEventListener('WeixinJSBridgeReady', finish)
      const bridge = bridgeNow()
      if (bridge) resolve(bridge)
      else reject(unsupportedPayment())
    }
    document.addEventListener('WeixinJSBridgeReady', finish)
  })
}

/** Pays in WeChat's built-in browser (JSAPI). */
export async function payInWechatBrowser(parameters: PaymentParameters): Promise<PaySheetResult> {
  const bridge = await waitForBridge()
  return new Promise((resolve, reject) => {
    bridge.invoke('getBrandWCPayRequest', parameters, ({ err_msg = '', err_desc = '' }) => {
      if (/:ok$/.test(err_msg)) resolve('closed-after-paying')
      else if (/:cancel$/.test(err_msg)) resolve('cancelled')
      else reject(sheetFailed(err_desc))
    })
  })
}
