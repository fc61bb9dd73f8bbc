/** Full-width letters, digits and signs as Chinese keyboards make them → ASCII. */
function toHalfWidth(text: string): string {
  return text
    .replace(/[\uFF01-\uFF5E]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, ' ')
}

/** What people paste into the search box, made comparable: half width, no doubled blanks. */
export function normaliseSearch(text: string): string {
  return toHalfWidth(text).replace(/\s+/g, ' ').trim()
}

/** Codes (tax number, account, SMS code): half width, no blanks or dashes, upper case. */
export function normaliseCode(text: string): string {
  return toHalfWidth(text)
    .replace(/[\s\u200b-\u200f\ufeff-]/g, '')
    .toUpperCase()
}

/** Keeps the digits only: phone numbers and SMS codes. */
export function digitsOnly(text: string): string {
  return toHalfWidth(text).replace(/\D/g, '')
}

/** A Chinese mobile number of 11 digits; a leading +86 is dropped. */
export function normalisePhone(text: string): string {
  const digits = digitsOnly(text)
  return digits.length === 13 && digits.startsWith('86') ? digits.slice(2) : digits
}

/** Whether a text is a Chinese mobile number. */
export function isMobilePhone(text: string): boolean {
  return /^1[3-9]\d{9}$/.test(text)
}

/** A long code in groups that can be read aloud and compared: `5000 1234 …`. */
export function inGroups(code: string, size = 4): string {
  return code.match(new RegExp(`.{1,${size}}`, 'g'))?.join(' ') ?? ''
}
