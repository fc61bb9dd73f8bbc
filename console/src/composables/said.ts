import { asApiError } from '@/api/error'

type Line = { message: string; type: 'success' | 'error'; duration: number; showClose?: boolean }

/** The kit comes when there is something to say: the sign-in does without it. */
async function show(line: Line): Promise<void> {
  const { ElMessage } = await import('@/kit')
  ElMessage({ grouping: true, offset: 64, ...line })
}

/** One short line at the top: it went well. */
export const said = (words: string) => void show({ message: words, type: 'success', duration: 2600 })

/** One line at the top for a failure that has no place on the page. */
export function complained(cause: unknown): void {
  const error = asApiError(cause)
  if (error.silent) return
  const trace = error.trace_id ? `（${error.trace_id}）` : ''
  const message = [error.message, error.advice].filter(Boolean).join('：') + trace
  void show({ message, type: 'error', duration: 6000, showClose: true })
}
