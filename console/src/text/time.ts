const ZONE = 'Asia/Shanghai'
const DAY_MS = 86_400_000
const BEIJING_AHEAD_MS = 8 * 3_600_000

const parts = new Intl.DateTimeFormat('zh-CN', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23'
})

function split(at_ms: number): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(at_ms).map(({ type, value }) => [type, value]))
}

/** `2026-11-22 13:05`, Beijing time. */
export function dateTime(at_ms: number): string {
  const { year, month, day, hour, minute } = split(at_ms)
  return `${year}-${month}-${day} ${hour}:${minute}`
}

/** `2026-11-22 13:05:09`, Beijing time. */
export function dateTimeExact(at_ms: number): string {
  return `${dateTime(at_ms)}:${split(at_ms).second}`
}

/** The Beijing day of an instant, `2026-11-22`. */
export function dayOf(at_ms: number): string {
  return dateTime(at_ms).slice(0, 10)
}

/** A day so many days from today, `YYYY-MM-DD`. */
export function dayFromToday(days: number, now_ms = Date.now()): string {
  return dayOf(now_ms + days * DAY_MS)
}

/** How far away a moment is, in words: `还剩 2 天`, `逾期 3 小时`. */
export function distance(due_ms: number, now_ms = Date.now()): string {
  const away_ms = Math.abs(due_ms - now_ms)
  const size =
    away_ms >= DAY_MS
      ? `${Math.floor(away_ms / DAY_MS)} 天`
      : away_ms >= 3_600_000
        ? `${Math.floor(away_ms / 3_600_000)} 小时`
        : `${Math.max(1, Math.floor(away_ms / 60_000))} 分钟`
  return due_ms >= now_ms ? `还剩 ${size}` : `逾期 ${size}`
}

/** How long ago, for lists that live: `刚刚`, `5 分钟前`, then the date. */
export function ago(at_ms: number, now_ms = Date.now()): string {
  const passed_ms = now_ms - at_ms
  if (passed_ms < 60_000) return '刚刚'
  if (passed_ms < 3_600_000) return `${Math.floor(passed_ms / 60_000)} 分钟前`
  if (passed_ms < DAY_MS) return `${Math.floor(passed_ms / 3_600_000)} 小时前`
  return dateTime(at_ms)
}

/** The weeks of a month as rows of seven days, Monday first; days outside the month are `null`. */
export function monthGrid(month: string): (string | null)[][] {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const first = new Date(Date.UTC(year, number - 1, 1))
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate()
  const lead = (first.getUTCDay() + 6) % 7
  const cells: (string | null)[] = Array.from({ length: lead }, () => null)
  for (let day = 1; day <= count; day += 1) cells.push(`${month}-${String(day).padStart(2, '0')}`)
  while (cells.length % 7 !== 0) cells.push(null)
  return Array.from({ length: cells.length / 7 }, (_, row) => cells.slice(row * 7, row * 7 + 7))
}

/** The month so many months away, `YYYY-MM`. */
export function monthAway(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7)
}

/** The Beijing month of now. */
export function thisMonth(now_ms = Date.now()): string {
  return new Date(now_ms + BEIJING_AHEAD_MS).toISOString().slice(0, 7)
}

/** When a Beijing day (`YYYY-MM-DD`) begins, epoch milliseconds. */
export function startOfDay(on: string): number {
  return Date.parse(`${on}T00:00:00Z`) - BEIJING_AHEAD_MS
}
