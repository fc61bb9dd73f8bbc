import { computed, ref } from 'vue'
import { serverNow } from '@/api/clock'
import { ApiError } from '@/api/error'
import type { SmsCodeSent } from '@/api/types'
import { useAction } from './action'
import { useNow } from './now'

/** How many digits a code of a text message has. */
export const CODE_LENGTH = 6

/**
 * The button that asks for a code by text message: after a code, and after a refusal because of too many, it waits as long
 * as the server says. `send` resolves to nothing when there is nothing to send a code to yet.
 */
export function useCodeSending(send: () => Promise<SmsCodeSent | null | undefined>) {
  const sent = ref(false)
  const again_at_ms = ref(0)
  const now_ms = useNow()
  const wait_s = computed(() => Math.max(0, Math.ceil((again_at_ms.value - now_ms.value) / 1000)))
  const sending = useAction(async () => {
    try {
      const answer = await send()
      if (!answer) return
      again_at_ms.value = serverNow() + answer.resend_after_s * 1000
      sent.value = true
    } catch (cause) {
      const retry_after_s = cause instanceof ApiError ? Number(cause.details.retry_after_s) : NaN
      if (retry_after_s > 0) again_at_ms.value = serverNow() + retry_after_s * 1000
      throw cause
    }
  })
  const word = computed(() => {
    if (wait_s.value > 0) return `${wait_s.value} 秒后重发`
    return sent.value ? '重新获取' : '获取验证码'
  })
  return { sending, sent, wait_s, word }
}
