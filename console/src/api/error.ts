/** What the server can say about money when something went wrong. */
export type Money = 'none' | 'unknown' | 'taken' | 'refunding'

/** The body of every error answer. */
export interface ErrorBody {
  code: string
  message: string
  money?: Money
  advice?: string
  trace_id?: string
  fields?: Record<string, string>
  details?: Record<string, unknown>
}

/**
 * Every failure of a request, in words for a person: what happened (`message`), whether money moved
 * (`money`), what to do (`advice`) and the number to read out (`trace_id`). `status` is 0 when no answer
 * arrived at all.
 */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly money: Money
  readonly advice: string
  readonly trace_id: string
  readonly fields: Record<string, string>
  readonly details: Record<string, unknown>

  constructor(status: number, body: ErrorBody) {
    super(body.message)
    this.name = 'ApiError'
    this.status = status
    this.code = body.code
    this.money = body.money ?? 'none'
    this.advice = body.advice ?? ''
    this.trace_id = body.trace_id ?? ''
    this.fields = body.fields ?? {}
    this.details = body.details ?? {}
  }

  /** The officer closed the dialog that asked for the password: nothing to complain about. */
  get silent(): boolean {
    return this.code === 'step_up_cancelled'
  }
}

/** The sentence about money that belongs to an error; empty where none is needed. */
export function moneySentence(money: Money): string {
  switch (money) {
    case 'unknown':
      return '结果还在核实，请先查看订单再重试。'
    case 'taken':
      return '款项已收到。'
    case 'refunding':
      return '款项正在原路退回。'
    case 'none':
      return ''
  }
}

/** Turns anything thrown into an `ApiError`, so that pages know one kind of failure only. */
export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  return new ApiError(-1, {
    code: 'unexpected',
    message: cause instanceof Error && cause.message ? cause.message : '页面出了点问题',
    advice: '请刷新页面重试；如仍不行，请把这句话告诉系统管理员。'
  })
}
