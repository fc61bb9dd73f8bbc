import { parseYuan } from '@/text/money'

/** One order that part of the money goes to; the amount is what was typed, in yuan. */
export interface Part {
  order_id: string
  order_no: string
  unit_name: string
  missing_fen: number
  typed: string
}

/** What the parts come to, and what is wrong with them. */
export interface Split {
  sum_fen: number
  left_fen: number
  problems: Record<string, string>
  ok: boolean
}

/** What a new part should get: what the order misses, as far as the money reaches. */
export function suggestion(parts: Part[], rest_fen: number, missing_fen: number): number {
  const given = parts.reduce((sum, part) => sum + (parseYuan(part.typed) ?? 0), 0)
  return Math.max(0, Math.min(missing_fen, rest_fen - given))
}

/** Judges the parts of one transaction. Nobody gets more than he misses; together not more than is there. */
export function judge(parts: Part[], rest_fen: number): Split {
  const problems: Record<string, string> = {}
  let sum_fen = 0
  for (const part of parts) {
    const amount_fen = parseYuan(part.typed)
    if (amount_fen === null || amount_fen === 0) problems[part.order_id] = '请填金额'
    else if (amount_fen > part.missing_fen) problems[part.order_id] = '超过这张订单还差的金额'
    sum_fen += amount_fen ?? 0
  }
  const left_fen = rest_fen - sum_fen
  return {
    sum_fen,
    left_fen,
    problems,
    ok: parts.length > 0 && left_fen >= 0 && Object.keys(problems).length === 0
  }
}
