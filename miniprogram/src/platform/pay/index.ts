import type { Payment, PaymentParameters } from '@/api/types'
import { clientKind } from '../environment'
import { unsupportedPayment, type PaySheetResult } from './outcome'
// #ifdef H5
import { payInWechatBrowser } from './wechat-browser'
// #endif
// #ifdef MP-WEIXIN
import { payInMiniProgram } from './mini-program'
// #endif

/** The payment channel that fits where we run: a plain browser can only show a code. */
export function paymentChannel(): Payment['channel'] {
  switch (clientKind()) {
    case 'mini-program':
      return 'mini_program'
    case 'h5-wechat':
      return 'jsapi'
    case 'h5-browser':
      return 'native'
  }
}

/** Opens WeChat's payment sheet. Throws `ApiError` where there is none or where it failed. */
export async function openPaySheet(
  parameters: PaymentParameters | null | undefined
): Promise<PaySheetResult> {
  if (!parameters) throw unsupportedPayment()
  const kind = clientKind()
  // #ifdef MP-WEIXIN
  if (kind === 'mini-program') return payInMiniProgram(parameters)
  // #endif
  // #ifdef H5
  if (kind === 'h5-wechat') return payInWechatBrowser(parameters)
  // #endif
  throw unsupportedPayment()
}
