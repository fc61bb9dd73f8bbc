/** How far the server's clock is ahead of the phone's; phones are often set wrong. */
let ahead_ms = 0

/** A whole second is as exact as the `Date` header gets; smaller differences are noise. */
const NOISE_MS = 2000

/** Learns the server's time from the headers of an answer, whose names may have any case. */
export function learnServerTime(header: Record<string, unknown> | undefined): void {
  const name = Object.keys(header ?? {}).find((key) => key.toLowerCase() === 'date')
  const server_ms = name ? Date.parse(String(header?.[name])) : NaN
  if (Number.isNaN(server_ms)) return
  const difference_ms = server_ms - Date.now()
  ahead_ms = Math.abs(difference_ms) < NOISE_MS ? 0 : difference_ms
}

/** Now in epoch milliseconds by the server's clock, as far as it is known. */
export function serverNow(): number {
  return Date.now() + ahead_ms
}
