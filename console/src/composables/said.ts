import { ElMessage } from '@/kit'
import { asApiError } from '@/api/error'

/** One short line at the top: it went well. */
export const said = (words: string) =>
  void ElMessage({ message: words, type: 'success', grouping: true, duration: 2600, offset: 64 })

/** One line at the top for a failure that has no place on the page. */
export function complained(cause: unknown): void {
  const error = asApiError(cause)
  if (error.silent) return
  const trace = error.trace_id ? `（${error.trace_id}）` : ''
  const message = [error.message, error.advice].filter(Boolean).join('：') + trace
  ElMessage({ message, type: 'error', grouping: true, duration: 6000, showClose: true, offset: 64 })
}
