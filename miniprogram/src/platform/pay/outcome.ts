import { ApiError } from '@/api/error'

/**
 * What the payer did with WeChat's sheet. It is a hint for the next screen and never proof: only
 * our server says whether an order is paid (B-16).
 */
export type PaySheetResult = 'closed-after-paying' | 'cancelled'

/** An unsupported payment fails: nothing here ever pretends that money moved. */
export function unsupportedPayment(): ApiError {
  return new ApiError(-1, {
    code: 'payment_unsupported',
    message: '这里不能直接支付，没有扣款',
    money: 'none',
    advice: '请用微信扫描二维码支付，或在微信中打开本页。'
  })
}

/** The error of a sheet that opened and reported a failure. */
export function sheetFailed(detail: string): ApiError {
  return new ApiError(-1, {
    code: 'pay_sheet_failed',
    message: '微信没有完成这次支付',
    money: 'unknown',
    advice: `正在向服务器核实结果，不会重复扣款。${detail ? `（${detail}）` : ''}`
  })
}
