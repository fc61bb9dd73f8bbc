import { computed, reactive, readonly } from 'vue'
import * as api from '@/api/session'
import type { StaffSession } from '@/api/types'
import type { Permission } from '@/permissions'

const NOBODY: StaffSession = { signed_in: false, stage: 'none', institute_name: '' }

const state = reactive<{ session: StaffSession; known: boolean }>({ session: NOBODY, known: false })

/** Who sits here; `known` once the server was asked. */
export const session = readonly(state)

/** Whether the whole way in has been gone: password and second factor. */
export const isIn = computed(() => state.session.stage === 'in')

/** Takes what the server says about the session. */
export function adopt(answer: StaffSession): StaffSession {
  // Answers inside the way in may leave out what only the first one says.
  state.session = {
    ...answer,
    institute_name: answer.institute_name || state.session.institute_name,
    demo: answer.demo ?? state.session.demo
  }
  state.known = true
  return answer
}

/** Asks the server once who is here. */
export async function learnSession(): Promise<void> {
  if (!state.known) adopt(await api.fetchSession())
}

/** Forgets who was here, after the server did. */
export function forgetSession(): void {
  state.session = { ...NOBODY, institute_name: state.session.institute_name, demo: state.session.demo }
}

/** Signs out here. */
export async function leave(): Promise<void> {
  await api.signOut().catch(() => undefined)
  forgetSession()
}

/** Whether the officer may do something; the server judges again. */
export function may(permission: Permission | undefined): boolean {
  if (!permission) return true
  return state.session.officer?.permissions.includes(permission) ?? false
}
