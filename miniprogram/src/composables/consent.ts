import { computed, ref, shallowRef } from 'vue'
import {
  fetchAgreements,
  fetchConsents,
  giveConsent,
  openAgreement,
  type Agreement,
  type AgreementPurpose
} from '@/api/agreements'
import { serverNow } from '@/api/clock'
import { asApiError } from '@/api/error'
import { useLoad } from '@/composables/load'
import { useNow } from '@/composables/now'

/** What one must have agreed to before acting, and has not, or only in an older version. */
export async function missingConsents(): Promise<AgreementPurpose[]> {
  const [texts, given] = await Promise.all([fetchAgreements(), fetchConsents()])
  const agreed = (wanted: AgreementPurpose) =>
    given.items.some(
      ({ purpose, withdrawn_at, outdated }) => purpose === wanted && !withdrawn_at && !outdated
    )
  return texts.items
    .filter(({ optional, purpose }) => !optional && !agreed(purpose))
    .map(({ purpose }) => purpose)
}

/** What a page needs to put texts before a person. */
export type ConsentAsked = ReturnType<typeof useConsent>

/** Texts that are read and agreed to together; the server measures the time, the page only shows it. */
export function useConsent(purposes: () => readonly AgreementPurpose[]) {
  const ticked = ref(false)
  const opened_at_ms = ref(0)
  const given = shallowRef<ReadonlySet<string>>(new Set())
  const now_ms = useNow()

  const texts = useLoad(async () => {
    const opened = await Promise.all(purposes().map(openAgreement))
    opened_at_ms.value = serverNow()
    return opened
  })
  const needed_s = computed(() =>
    Math.max(0, ...(texts.data.value ?? []).map((text) => text.reading_seconds))
  )
  const wait_s = computed(() =>
    texts.data.value === null
      ? needed_s.value
      : Math.min(
          needed_s.value,
          Math.max(0, Math.ceil((opened_at_ms.value + needed_s.value * 1000 - now_ms.value) / 1000))
        )
  )

  /** Tells the server; what it knows already is not told twice. */
  async function give(wanted: (text: Agreement) => boolean = () => true): Promise<void> {
    for (const text of texts.data.value ?? []) {
      if (!wanted(text) || given.value.has(text.purpose)) continue
      await giveConsent(text)
      given.value = new Set([...given.value, text.purpose])
    }
  }

  /** The same; where a text changed in between, the new one is put before the person, and the refusal is thrown on. */
  async function giveOrAskAgain(wanted?: (text: Agreement) => boolean): Promise<void> {
    try {
      await give(wanted)
    } catch (cause) {
      if (['agreement_changed', 'agreement_not_opened'].includes(asApiError(cause).code)) await again()
      throw cause
    }
  }

  /** For a text that changed in between: it is opened and read anew. */
  async function again(): Promise<void> {
    ticked.value = false
    given.value = new Set()
    texts.reset()
    await texts.load()
  }

  return { texts, ticked, wait_s, give, giveOrAskAgain, again }
}
