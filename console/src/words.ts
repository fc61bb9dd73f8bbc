/** Words of the glossary for codes whose text the server leaves to us. */

export const METHODS = [
  { value: 'online', text: '线上支付' },
  { value: 'transfer', text: '对公转账' },
  { value: 'remitted', text: '已汇款' },
  { value: 'counter', text: '窗口收款' }
]

export const RECEIPT_CLASSES = [
  { value: 'nontax', text: '非税缴款书' },
  { value: 'vat', text: '增值税发票' }
]

const CHANNELS: Record<string, string> = {
  jsapi: '微信内支付',
  native: '扫码支付',
  mini_program: '小程序支付',
  h5: '网页支付'
}

const look = (list: { value: string; text: string }[], code: string) =>
  list.find((one) => one.value === code)?.text ?? code

export const methodText = (code: string) => look(METHODS, code)
export const receiptClassText = (code: string) => look(RECEIPT_CLASSES, code)
export const channelText = (code: string) => CHANNELS[code] ?? code
