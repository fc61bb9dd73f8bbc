import type { PageName } from '@/platform/navigate'
import type { Made } from './checkout'

/** Where one goes with an order that is not paid with WeChat. */
const PAGE_OF = { transfer: 'notice', remitted: 'remittance' } as const

/**
 * The page after the confirmation: what can be paid with WeChat comes first, one after the other; the
 * rest waits as `then` and is offered at the end of each step.
 */
export function afterCheckout(made: Made[]): [PageName, Record<string, string>] {
  const online = made.filter(({ method }) => method === 'online').map(({ id }) => id)
  const others = made.filter(({ method }) => method !== 'online')
  const rest = (from: number) => others.slice(from).map(({ id }) => id)
  if (online.length > 0)
    return ['pay', { order: online[0], next: online.slice(1).join(','), then: rest(0).join(','), start: '1' }]
  const [first] = others
  return [PAGE_OF[first.method as keyof typeof PAGE_OF], { order: first.id, then: rest(1).join(',') }]
}
