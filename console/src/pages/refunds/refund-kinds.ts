import type { Fact } from '@/components/fact-list.vue'
import type { Review } from '@/api/types'
import { dateTime } from '@/text/time'

/** What a second person decides about money that goes back, and what he must know of it. */
export interface RefundKind {
  /** Of the review engine. */
  kind: string
  /** Where the cases stand in the address. */
  base: string
  hint: string
  approveText: string
  approveOften: string[]
  rejectOften: string[]
  /** What the sum is. */
  headline: string
  facts(review: Review): Fact[]
}

export type RefundView = 'review' | 'window' | 'line' | 'change'

export const REFUND_KINDS: Record<RefundView, RefundKind> = {
  review: {
    kind: 'refund',
    base: '/refunds',
    hint: '退款须经另一人审批；同意后原路退回，已开的票据一并红冲。',
    approveText: '同意退款',
    approveOften: ['已核实，同意退款'],
    rejectOften: ['金额有误，请重新申请', '缴款单位尚未提出书面申请', '报告已出具，不予退款'],
    headline: '申请退款',
    facts(review) {
      const it = review.subject?.refund
      return [
        { name: '申请人', value: review.submitted_by },
        { name: '申请时间', value: dateTime(review.submitted_at) },
        { name: '退款原因', value: it?.reason },
        { name: '订单号', value: it?.order_no, copy: true },
        { name: '缴款单位', value: it?.unit_name },
        {
          name: '退回方式',
          value: it ? (it.channel === 'bank' ? '银行转账，由出纳办理' : '微信原路退回') : null
        }
      ]
    }
  },
  window: {
    kind: 'counter_undo',
    base: '/counter_undos',
    hint: '窗口收错的款由另一人确认后撤销，订单回到收款前；请先确认现金已退还或刷卡已撤销。',
    approveText: '确认撤销',
    approveOften: ['已核对，款项已当面退还'],
    rejectOften: ['金额有误，请重新申请', '款项没有收错，不予撤销'],
    headline: '撤销窗口收款',
    facts(review) {
      const it = review.subject?.counter_payment
      return [
        { name: '申请人', value: review.submitted_by },
        { name: '撤销原因', value: it?.undo_reason },
        { name: '收款方式', value: it?.kind_text },
        { name: '凭条号', value: it?.receipt_no, copy: true },
        { name: '收款人', value: it?.taken_by },
        { name: '收款时间', value: it ? dateTime(it.created_at) : null }
      ]
    }
  },
  line: {
    kind: 'line_return',
    base: '/line_returns',
    hint: '已付清的订单又收到转账时，由另一人同意后退回原付款账户，出纳办理。',
    approveText: '同意退回',
    approveOften: ['已核实是重复转账'],
    rejectOften: ['应认领到其他订单', '请先与付款人核实'],
    headline: '退回重复转账',
    facts(review) {
      const it = review.subject?.transaction
      return [
        { name: '申请人', value: review.submitted_by },
        { name: '退回原因', value: review.subject?.refund?.reason },
        { name: '付款人', value: it?.payer_name, copy: true },
        { name: '付款账号', value: it?.payer_account_masked },
        { name: '到账日期', value: it?.booked_on },
        { name: '摘要', value: it?.remark },
        { name: '流水号', value: it?.serial_no, copy: true }
      ]
    }
  },
  change: {
    kind: 'line_return_change',
    base: '/line_return_changes',
    hint: '付款账户不能收款的退回，经另一人同意换账户，或取消、款项回到待认领；请先向出纳确认还没有转账。银行退票的（订单退款也在这里），请先在网银核对退汇已到账。',
    approveText: '同意变更',
    approveOften: ['已向付款人核实，出纳还没有转账', '已在网银核对退汇到账，并向付款人核实'],
    rejectOften: ['请先取得付款人书面说明', '账户与付款人不符'],
    headline: '变更退回',
    facts(review) {
      const [it, line, refund] = [
        review.subject?.return_change,
        review.subject?.transaction,
        review.subject?.refund
      ]
      return [
        { name: '申请', value: it?.kind_text },
        { name: '申请人', value: review.submitted_by },
        { name: '原因', value: it?.reason },
        // Called off, it goes to nobody.
        ...(it && it.kind !== 'call_off'
          ? [
              { name: '新收款户名', value: it.payee_name },
              { name: '新收款账号', value: it.payee_account_masked }
            ]
          : []),
        ...(line
          ? [
              { name: '付款人', value: line.payer_name, copy: true },
              { name: '付款账号', value: line.payer_account_masked },
              { name: '到账日期', value: line.booked_on },
              { name: '流水号', value: line.serial_no, copy: true }
            ]
          : [
              { name: '退款', value: '订单退款' },
              { name: '订单号', value: refund?.order_no, copy: true },
              { name: '缴款单位', value: refund?.unit_name },
              { name: '退票的银行流水号', value: refund?.bank_reference, copy: true }
            ])
      ]
    }
  }
}
