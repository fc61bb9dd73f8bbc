/** Beijing time is UTC+8 all year; people read our times in it wherever their phone is. */
const BEIJING_OFFSET_MS = 8 * 60 * 60 * 1000

interface Parts {
  year: number
  month: string
  day: string
  hour: string
  minute: string
}

const two = (value: number) => String(value).padStart(2, '0')

function partsOf(at_ms: number): Parts {
  const shifted = new Date(at_ms + BEIJING_OFFSET_MS)
  return {
    year: shifted.getUTCFullYear(),
    month: two(shifted.getUTCMonth() + 1),
    day: two(shifted.getUTCDate()),
    hour: two(shifted.getUTCHours()),
    minute: two(shifted.getUTCMinutes())
  }
}

/** `2026-07-31 20:13` in Beijing time. */
export function dateTime(at_ms: number): string {
  const { year, month, day, hour, minute } = partsOf(at_ms)
  return `${year}-${month}-${day} ${hour}:${minute}`
}

/** `20:13` in Beijing time. */
export function clockTime(at_ms: number): string {
  const { hour, minute } = partsOf(at_ms)
  return `${hour}:${minute}`
}

/** `7月31日` in Beijing time, with the year when it is not `now_ms`'s. */
export function shortDate(at_ms: number, now_ms: number): string {
  const at = partsOf(at_ms)
  const text = `${Number(at.month)}月${Number(at.day)}日`
  return at.year === partsOf(now_ms).year ? text : `${at.year}年${text}`
}

/** `今天 20:13`, `7月31日 20:13` or `2025年7月31日`. */
export function friendlyTime(at_ms: number, now_ms: number): string {
  const at = partsOf(at_ms)
  const now = partsOf(now_ms)
  if (at.year !== now.year) return shortDate(at_ms, now_ms)
  const day = at.month === now.month && at.day === now.day ? '今天' : shortDate(at_ms, now_ms)
  return `${day} ${at.hour}:${at.minute}`
}

/** Seconds left as `1:05`, from an hour on as `1 小时 49 分`; never negative. */
export function countdown(left_s: number): string {
  const rest_s = Math.max(0, Math.ceil(left_s))
  if (rest_s >= 3600) return `${Math.floor(rest_s / 3600)} 小时 ${Math.floor((rest_s % 3600) / 60)} 分`
  return `${Math.floor(rest_s / 60)}:${two(rest_s % 60)}`
}

/** Time left in plain words: `29 分钟`, `5 小时`, `3 天`. */
export function timeLeft(until_ms: number, now_ms: number): string {
  const minutes = Math.max(0, Math.ceil((until_ms - now_ms) / 60_000))
  if (minutes < 60) return `${minutes} 分钟`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} 小时`
  return `${Math.floor(minutes / (24 * 60))} 天`
}

const WEEKDAYS = ['日', '一', '二', '三', '四', '五', '六']

/** `11月25日（周三）` in Beijing time: what was promised for a working day. */
export function promisedDay(at_ms: number, now_ms: number): string {
  return `${shortDate(at_ms, now_ms)}（周${WEEKDAYS[new Date(at_ms + BEIJING_OFFSET_MS).getUTCDay()]}）`
}

/** The day as the interface writes it: `2026-07-31` in Beijing time. */
export function dayOf(at_ms: number): string {
  const { year, month, day } = partsOf(at_ms)
  return `${year}-${month}-${day}`
}
