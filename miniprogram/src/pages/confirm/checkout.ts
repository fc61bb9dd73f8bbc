import { computed, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/error'
import { previewCheckout, submitCheckout } from '@/api/fees'
import type {
  AllMatching,
  Delivery,
  DeliveryDraft,
  Fee,
  InvoiceKind,
  MadeOrder,
  Preview,
  TitleChoice
} from '@/api/types'
import { newKey } from '@/platform/key'
import { readStored, store } from '@/platform/storage'
import { selection } from '@/stores/selection'
import { session } from '@/stores/session'

interface Draft {
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

/** Nothing was saved yet: most receipts are made out to the unit itself, and nobody has to type that. */
function unitItself(): TitleChoice | null {
  const unit = session.unit.value
  if (!unit) return null
  return { kind: 'organization', name: unit.name, tax_no: unit.uscc_masked ?? undefined }
}

/** The server takes at most this many ids per question about fees. */
export const LOOKUP_MAX = 200

/**
 * One visit of the confirm page: what will be paid and how. The key belongs to the visit and is
 * kept over every retry, so that a lost answer can never make a second order (B-11).
 */
export function useCheckout() {
  const key = newKey()
  const preview = shallowRef<Preview | null>(null)
  const removed = ref<Fee[]>([])
  const kinds = ref<Record<string, InvoiceKind>>({})
  const title = shallowRef<TitleChoice | null>(null)
  const delivery = ref<DeliveryDraft>({ kind: 'electronic' })
  const notice = ref('')

  const draftKey = () => session.privateKey('checkout-draft')

  function remember(): void {
    // Without an id the server decides at submission; what it proposes next time may be another.
    const saved = title.value?.id ? title.value : null
    const draft: Draft = { kinds: kinds.value, title: saved, delivery: delivery.value }
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
    title.value ??= next.defaults.invoice_title ?? unitItself()
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

  async function load(wanted: { fee_ids?: string[]; all_matching?: AllMatching }): Promise<void> {
    take(await previewCheckout(wanted))
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

  /** Makes the orders. When fees changed meanwhile the page shows the new sum and asks again. */
  async function submit(): Promise<MadeOrder[]> {
    const now = preview.value
    if (!now || !title.value) throw new Error('确认页还没有准备好')
    remember()
    try {
      const { orders } = await submitCheckout({
        key,
        fee_ids: now.fee_ids,
        expected_amount_fen: now.amount_fen,
        method: 'online',
        invoice: { kind_by_group: kinds.value, title_id: title.value.id },
        delivery: finished(delivery.value)
      })
      selection.clear()
      return orders
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
    kinds,
    title,
    delivery,
    notice,
    amount_fen,
    load,
    remove,
    bringBack,
    submit,
    remember
  }
}
