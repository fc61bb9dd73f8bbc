/** `1234567` → `12,345.67`. Fen are whole numbers; nothing here is a float on its way. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}${whole}.${digits.slice(-2)}`
}

/** A short amount for the axis of a chart: `12.3 万`. */
export function yuanShort(fen: number): string {
  const value = fen / 100
  if (Math.abs(value) >= 10_000) return `${Number((value / 10_000).toFixed(1))} 万`
  return String(Math.round(value))
}

/** What a person typed as yuan, in fen; `null` when it is no amount. Commas, blanks, ¥ and full-width digits are fine. */
export function parseYuan(typed: string): number | null {
  const text = typed
    .replace(/[０-９．]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[\s,，¥￥元]/g, '')
  const found = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text)
  if (!found) return null
  return Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0') || '0')
}
