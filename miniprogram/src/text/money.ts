/**
 * The one place where fen become text. Amounts are integers of fen, never floating-point yuan
 * (users.md: yuan with two decimals and a thousands separator).
 */

/** `126500` → `1,265.00`. Throws on anything that is not a whole number of fen. */
export function yuan(amount_fen: number): string {
  if (!Number.isSafeInteger(amount_fen)) throw new RangeError(`not a whole number of fen: ${amount_fen}`)
  const sign = amount_fen < 0 ? '-' : ''
  const digits = String(Math.abs(amount_fen)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${sign}${whole}.${digits.slice(-2)}`
}

/** `126500` → `¥1,265.00`, a reduction → `-¥5.00`. */
export function yuanWithSign(amount_fen: number): string {
  return `${amount_fen < 0 ? '-' : ''}¥${yuan(Math.abs(amount_fen))}`
}

/** What people type or paste for an amount (`￥1,265.5 元`) → fen; null when it is none, or has parts of a fen. */
export function fenOf(text: string): number | null {
  const plain = text
    .replace(/[\s,，¥￥元]/g, '')
    .replace(/[０-９．]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
  const parts = /^(\d{1,11})(?:\.(\d{0,2}))?$/.exec(plain)
  if (!parts) return null
  return Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0'))
}

/** Adds amounts; throws where the sum would leave the exact range. */
export function sumFen(amounts_fen: readonly number[]): number {
  const total = amounts_fen.reduce((sum, amount_fen) => sum + amount_fen, 0)
  if (!Number.isSafeInteger(total)) throw new RangeError('sum of fen is out of range')
  return total
}
