import type { PaymentParameters } from '@/api/types'
import { sheetFailed, unsupportedPayment, type PaySheetResult } from './outcome'

/** Pays in the mini-program. */
export function payInMiniProgram(parameters: PaymentParameters): Promise<PaySheetResult> {
  if (typeof uni.requestPayment !== 'function') return Promise.reject(unsupportedPayment())
  const { timeStamp, nonceStr, package: prepay, signType, paySign } = parameters
  return new Promise((resolve, reject) => {
    uni.requestPayment({
      provider: 'wxpay',
      orderInfo: {},
      timeStamp,
      nonceStr,
      package: prepay,
      signType,
      paySign,
      success: () => resolve('closed-after-paying'),
      fail: (failure: { errMsg?: string }) => {
        const detail = failure.errMsg ?? ''
        if (/cancel/.test(detail)) resolve('cancelled')
        else reject(sheetFailed(detail))
      }
    } as UniApp.RequestPaymentOptions)
  })
}
