import { computed, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/error'
import { previewCheckout, submitCheckout } from '@/api/fees'
import type {
  AllMatching,
  Checkout,
  Delivery,
  DeliveryDraft,
  Fee,
  Group,
  InvoiceKind,
  MadeOrder,
  PaymentMethod,
  Preview,
  TitleChoice
} from '@/api/types'
import { newKey } from '@/platform/key'
import { readStored, store } from '@/platform/storage'
import { selection } from '@/stores/selection'
import { session } from '@/stores/session'

/** An order that was just made, and how it is to be paid. */
export interface Made {
  id: string
  method: PaymentMethod
}

interface Draft {
  methods?: Record<string, PaymentMethod>
  kinds: Record<string, InvoiceKind>
  title: TitleChoice | null
  delivery: DeliveryDraft
}

/** The draft as the server wants it, without fields of the other ways that were tried before. */
function finished({ kind, office, recipient, phone, address }: DeliveryDraft): Delivery {
  if (kind === 'counter') return { kind, office: office ?? '' }
  if (kind === 'electronic') return { kind }
  return { kind, recipient: recipient ?? '', phone: phone ?? '', address: address ?? '' }
}

/** What was wished for, as far as it fits the part; otherwise the first way that does. */
function fitting(group: Group, wishes: (PaymentMethod | undefined)[]): PaymentMethod {
  const open = group.methods.filter(({ available }) => available).map(({ method }) => method)
  return wishes.find((method) => method !== undefined && open.includes(method)) ?? open[0] ?? 'online'
}

/**
 * One visit of the confirm page: what will be paid and how. The key belongs to the visit and is
 * kept over every retry, so that a lost answer can never make a second order (B-11).
 */
export function useCheckout() {
  const key = newKey()
  const preview = shallowRef<Preview | null>(null)
  const removed = ref<Fee[]>([])
  const methods = ref<Record<string, PaymentMethod>>({})
  const kinds = ref<Record<string, InvoiceKind>>({})
  const title = shallowRef<TitleChoice | null>(null)
  const delivery = ref<DeliveryDraft>({ kind: 'electronic' })
  const notice = ref('')

  let wish: PaymentMethod | undefined

  /** The way that a link asks for; it counts for the first preview. */
  function prefer(method: PaymentMethod | undefined): void {
    wish = method
  }

  const draftKey = () => session.privateKey('checkout-draft')

  function remember(): void {
    // Without an id the server decides at submission; what it proposes next time may be another.
    const saved = title.value?.id ? title.value : null
    const draft: Draft = {
      methods: methods.value,
      kinds: kinds.value,
      title: saved,
      delivery: delivery.value
    }
    store(draftKey(), draft)
  }

  /** Chosen before > kept by the phone > the server's default > the first possible. */
  function take(next: Preview): void {
    const draft = preview.value ? null : readStored<Draft>(draftKey())
    preview.value = next
    if (draft) {
      delivery.value = draft.delivery
      title.value = draft.title
    } else if (!title.value) {
      delivery.value = delivery.value.kind === 'electronic' ? next.defaults.delivery : delivery.value
    }
    title.value ??= next.defaults.invoice_title
    const ways = { ...draft?.methods, ...methods.value }
    methods.value = Object.fromEntries(
      next.groups.map((group) => [group.key, fitting(group, [wish, ways[group.key], next.defaults.method])])
    )
    wish = undefined
    const chosen = { ...draft?.kinds, ...kinds.value }
    kinds.value = Object.fromEntries(
      next.groups.map((group) => {
        const possible = group.invoice_kinds.map(({ kind }) => kind)
        const wanted = [chosen[group.key], next.defaults.invoice_kind].find(
          (kind): kind is InvoiceKind => kind !== undefined && possible.includes(kind)
        )
        return [group.key, wanted ?? possible[0]]
      })
    )
    if (next.unavailable.length > 0) {
      notice.value = `有 ${next.unavailable.length} 份报告现在不能缴费（${next.unavailable[0].reason}），已从清单中去掉。`
    }
  }

  let turn = 0

  /** The last question wins: what is asked for the unit before says nothing about this one. */
  async function load(wanted: { fee_ids?: string[]; all_matching?: AllMatching }): Promise<void> {
    const mine = ++turn
    try {
      const next = await previewCheckout(wanted)
      if (mine === turn) take(next)
    } catch (cause) {
      if (mine === turn) throw cause
    }
  }

  async function remove(fee: Fee): Promise<void> {
    const rest = (preview.value?.fee_ids ?? []).filter((id) => id !== fee.id)
    removed.value = [...removed.value, fee]
    if (rest.length === 0) {
      preview.value = null
      return
    }
    await load({ fee_ids: rest })
    selection.replaceWith(rest, preview.value?.amount_fen ?? 0)
  }

  async function bringBack(): Promise<void> {
    const back = removed.value.map((fee) => fee.id)
    const now = preview.value as Preview | null
    await load({ fee_ids: [...(now?.fee_ids ?? []), ...back] })
    removed.value = []
    const next = preview.value as Preview | null
    selection.replaceWith(next?.fee_ids ?? [], next?.amount_fen ?? 0)
  }

  /** One way for all, or one per part where they differ. */
  function wayOf(groups: Group[]): Pick<Checkout, 'method' | 'method_by_group'> {
    const ways = groups.map(({ key }) => methods.value[key])
    const same = ways.every((way) => way === ways[0])
    return same ? { method: ways[0] } : { method: ways[0], method_by_group: { ...methods.value } }
  }

  /** Orders come in the sequence of the parts. */
  function methodOf(order: MadeOrder & { method?: PaymentMethod }, group: Group | undefined): PaymentMethod {
    return order.method ?? (group ? methods.value[group.key] : 'online')
  }

  /** Makes the orders. When fees changed meanwhile the page shows the new sum and asks again. */
  async function submit(): Promise<Made[]> {
    const now = preview.value
    if (!now || !title.value) throw new Error('确认页还没有准备好')
    remember()
    try {
      const { orders } = await submitCheckout({
        key,
        fee_ids: now.fee_ids,
        expected_amount_fen: now.amount_fen,
        ...wayOf(now.groups),
        invoice: { kind_by_group: kinds.value, title_id: title.value.id ?? undefined },
        delivery: finished(delivery.value)
      })
      selection.clear()
      return orders.map((order, at) => ({ id: order.id, method: methodOf(order, now.groups[at]) }))
    } catch (cause) {
      if (cause instanceof ApiError && cause.code === 'fees_changed') {
        await load({ fee_ids: now.fee_ids })
        notice.value ||= '金额有变化，已更新为最新金额，请核对。'
      }
      throw cause
    }
  }

  const amount_fen = computed(() => preview.value?.amount_fen ?? 0)
  return {
    preview,
    removed,
    methods,
    kinds,
    title,
    delivery,
    notice,
    amount_fen,
    prefer,
    load,
    remove,
    bringBack,
    submit,
    remember
  }
}
