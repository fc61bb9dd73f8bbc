const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]

/** Checks form and check sign of a unified social credit code (GB 32100-2015). */
export function isUscc(code: string): boolean {
  if (!/^[0-9A-HJ-NPQRTUWXY]{18}$/.test(code)) return false
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * ALPHABET.indexOf(code[at]), 0)
  return ALPHABET[(31 - (sum % 31)) % 31] === code[17]
}

/**
 * The sentence to show below a tax number, or an empty text when it is good. Old 15- and 20-digit
 * taxpayer numbers are still in use and pass by form alone.
 */
export function taxNumberProblem(tax_no: string): string {
  if (tax_no === '') return '请填写税号（统一社会信用代码）'
  if (/^[0-9A-Z]{15}$/.test(tax_no) || /^[0-9A-Z]{20}$/.test(tax_no)) return ''
  if (tax_no.length !== 18) return `税号应为 18 位，现在是 ${tax_no.length} 位`
  return isUscc(tax_no) ? '' : '税号不正确，请逐位核对'
}
