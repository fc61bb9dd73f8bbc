import { computed, reactive, readonly } from 'vue'
import { fetchWorklist } from '@/api/worklist'
import type { Desk } from '@/api/types'

const REFRESH_MS = 60_000

const state = reactive<{ desks: Desk[]; at: number }>({ desks: [], at: 0 })
let timer: number | undefined

/** The counts of every desk, as of `at`. */
export const worklist = readonly(state)

/** All that waits. */
export const waiting = computed(() => state.desks.reduce((sum, desk) => sum + desk.count, 0))

/** All that is late. */
export const late = computed(() => state.desks.reduce((sum, desk) => sum + desk.overdue, 0))

/** Asks for the counts now. */
export async function refreshWorklist(): Promise<void> {
  state.desks = (await fetchWorklist()).desks
  state.at = Date.now()
}

/** Keeps the counts fresh while the console is open. */
export function watchWorklist(): () => void {
  const tick = () => void refreshWorklist().catch(() => undefined)
  tick()
  timer = window.setInterval(() => document.visibilityState === 'visible' && tick(), REFRESH_MS)
  return () => window.clearInterval(timer)
}
