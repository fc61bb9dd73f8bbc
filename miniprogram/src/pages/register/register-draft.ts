import { computed, reactive, ref, shallowRef } from 'vue'
import { asApiError } from '@/api/error'
import {
  saveRegistration,
  submitRegistration,
  type Registration,
  type RegistrationDraft,
  type RegistrationKind
} from '@/api/registrations'
import type { useProofs } from '@/components/file-list/proofs'
import { useSaveSoon } from '@/composables/save-soon'
import { normaliseCode, normalisePhone } from '@/text/typed'

/** Everything one types; the files are kept apart. */
export type Typed = Required<Omit<RegistrationDraft, 'kind' | 'licence_ids' | 'form_ids'>>

type Files = Pick<ReturnType<typeof useProofs>, 'ready_ids' | 'clearAway' | 'take'>

function clean(field: keyof Typed, text: string): string {
  if (field === 'uscc') return normaliseCode(text)
  if (field === 'safety_manager_phone') return normalisePhone(text)
  return text
}

/** A registration while it is being written: kept on the server at every change (S1-07, S1-10). */
export function useRegisterDraft(licences: Files, forms: Files) {
  const registration = shallowRef<Registration | null>(null)
  const kind = ref<RegistrationKind>('certified')
  const typed = reactive<Typed>({
    uscc: '',
    unit_name: '',
    unit_kind: '',
    district_code: '',
    address: '',
    legal_rep: '',
    industry_code: '',
    registrant_name: '',
    email: '',
    login_name: '',
    safety_manager_name: '',
    safety_manager_phone: ''
  })
  const problems = ref<Record<string, string>>({})
  const {
    saving,
    saved_at,
    error,
    soon: changed,
    now: keep
  } = useSaveSoon(
    async () => {
      if (!registration.value) return false
      registration.value = await saveRegistration(registration.value.id, {
        kind: kind.value,
        ...typed,
        licence_ids: licences.ready_ids.value,
        form_ids: forms.ready_ids.value
      })
      return true
    },
    () => Promise.all([licences.clearAway(), forms.clearAway()])
  )

  /** Shows what the server has. */
  function take(next: Registration): void {
    registration.value = next
    kind.value = next.kind
    for (const field of Object.keys(typed) as (keyof Typed)[]) typed[field] = next[field]
    licences.take(next.licences)
    forms.take(next.forms)
    problems.value = {}
  }

  function set(field: keyof Typed, text: string): void {
    typed[field] = clean(field, text)
    // What was wrong is being mended: it is judged again with the next try.
    const { [field]: _mended, ...others } = problems.value
    problems.value = others
    changed()
  }

  /** Hands it in; wrong fields are named by the server, one place for the rules. */
  async function submit(password: string): Promise<Registration> {
    await keep()
    if (!registration.value) throw new Error('没有可以提交的注册申请')
    try {
      const next = await submitRegistration(registration.value.id, password)
      registration.value = next
      problems.value = {}
      return next
    } catch (cause) {
      problems.value = asApiError(cause).fields
      throw cause
    }
  }

  const stuck = computed(() => Object.keys(problems.value).length)
  return {
    registration,
    kind,
    typed,
    problems,
    stuck,
    saving,
    saved_at,
    error,
    take,
    set,
    changed,
    keep,
    submit
  }
}
