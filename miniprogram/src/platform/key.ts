/**
 * A fresh idempotency key (UUID version 4). `crypto` is used where the platform has it; the
 * mini-program has none, and the key must be unique, not secret.
 */
export function newKey(): string {
  const bytes = new Uint8Array(16)
  const source = typeof crypto === 'undefined' ? undefined : crypto
  if (source?.getRandomValues) source.getRandomValues(bytes)
  else for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(Math.random() * 256)
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
