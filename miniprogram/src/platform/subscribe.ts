import { saveSubscriptions, type SubscriptionAnswer } from '@/api/messages'
import { clientKind } from './environment'

/** WeChat shows at most this many templates in one question (older versions). */
const TEMPLATES_MAX = 3

const ANSWERS: readonly string[] = ['accept', 'reject', 'ban', 'filter']

/** Whether a consent can be asked for here: only the mini-program has such messages. */
export function canSubscribe(template_ids: readonly string[]): boolean {
  return clientKind() === 'mini-program' && template_ids.length > 0
}

/**
 * Asks for the consent to send subscription messages; call it from a tap. Tells the server each
 * answer, and resolves to whether at least one was accepted. A refusal is an answer, not an error.
 */
export function askForSubscriptions(template_ids: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    uni.requestSubscribeMessage({
      tmplIds: template_ids.slice(0, TEMPLATES_MAX),
      success: (answer) => {
        const results: Record<string, SubscriptionAnswer> = {}
        for (const [id, value] of Object.entries(answer as unknown as Record<string, unknown>)) {
          const plain = String(value).startsWith('accept') ? 'accept' : String(value)
          if (id !== 'errMsg' && ANSWERS.includes(plain)) results[id] = plain as SubscriptionAnswer
        }
        saveSubscriptions(results).then(() => resolve(Object.values(results).includes('accept')), reject)
      },
      fail: () => resolve(false)
    })
  })
}
