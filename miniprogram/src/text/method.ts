import type { PaymentMethod } from '@/api/types'

/** The ways to pay in the institute's words (S0-21). */
export const METHOD_TEXT: Record<PaymentMethod, string> = {
  online: '线上支付',
  transfer: '对公转账',
  remitted: '已汇款'
}

/** What a way to pay means for the payer, in one line (S0-22…24). */
export const METHOD_NOTE: Record<PaymentMethod, string> = {
  online: '微信支付，马上到账',
  transfer: '生成缴款书和 20 位缴款码，从单位账户转账',
  remitted: '钱已经汇出，填写汇款信息并上传回单，3 个工作日内核实'
}

/** What the main button of the confirmation does. */
export function actionOf(methods: PaymentMethod[]): string {
  if (methods.every((method) => method === 'online')) return '去支付'
  if (methods.every((method) => method === 'transfer')) return '生成缴款书'
  if (methods.every((method) => method === 'remitted')) return '填写汇款信息'
  return '提交订单'
}
