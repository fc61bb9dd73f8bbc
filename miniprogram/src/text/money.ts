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

/** `126500` → `¥1,265.00`. */
export function yuanWithSign(amount_fen: number): string {
  return `¥${yuan(amount_fen)}`
}

/** Adds amounts; throws where the sum would leave the exact range. */
export function sumFen(amounts_fen: readonly number[]): number {
  const total = amounts_fen.reduce((sum, amount_fen) => sum + amount_fen, 0)
  if (!Number.isSafeInteger(total)) throw new RangeError('sum of fen is out of range')
  return total
}
