import { computed, reactive } from 'vue'
import * as api from '@/api/session'
import { setBearerToken, whenConsentMissing, whenOwnPasswordNeeded, whenSignedOut } from '@/api/request'
import type { Session, Unit } from '@/api/types'
import { ApiError } from '@/api/error'
import { currentUrl, PAGES, replace } from '@/platform/navigate'
import { forget, forgetAll, readStored, store } from '@/platform/storage'
import { appearance } from './appearance'

const TOKEN_KEY = 'session-token'
const SEEN_KEY = 'session-seen'
/** Everything the phone remembers of one person's data begins so and goes with the session. */
export const PRIVATE_PREFIX = 'private:'

const state = reactive<{ current: Session | null }>({ current: null })
let loading: Promise<Session> | null = null

function keep(session: Session): Session {
  if (session.token) {
    setBearerToken(session.token)
    store(TOKEN_KEY, session.token)
  }
  state.current = session
  if (session.signed_in) {
    const { token: _token, bind_ticket: _ticket, ...seen } = session
    store(SEEN_KEY, seen)
    if (session.preferences.elder_mode && !appearance.state.elder) appearance.setElder(true)
  }
  return session
}

function foreignUnit(phone_masked: string | null | undefined): ApiError {
  return new ApiError(-1, {
    code: 'foreign_unit',
    message: '这里说的单位不在您名下',
    advice: `现在登录的是 ${phone_masked ?? '另一个账号'}。请用收到消息的那个手机号登录，或到首页办理自己单位的业务。`
  })
}

function forgetPerson(): void {
  setBearerToken('')
  forget(TOKEN_KEY)
  forget(SEEN_KEY)
  forgetAll(PRIVATE_PREFIX)
}

/** Takes the token of the last visit out of the storage; call it before the first request. */
export function restoreToken(): void {
  setBearerToken(readStored<string>(TOKEN_KEY) ?? '')
}

whenSignedOut(() => {
  if (!state.current?.signed_in) return
  forgetPerson()
  state.current = { ...state.current, signed_in: false, account: undefined, unit: undefined, units: [] }
})

// A password that somebody else made opens nothing but the way to one's own.
whenOwnPasswordNeeded(() => {
  if (!currentUrl().startsWith(PAGES.password)) replace('password', { return_to: currentUrl() })
})

// Nobody acts who has not agreed; the way of registering asks by itself.
whenConsentMissing(() => {
  const here = currentUrl()
  if (![PAGES.consents, PAGES.register].some((page) => here.startsWith(page)))
    replace('consents', { return_to: here })
})

/** Who is here and which unit they act for. */
export const session = {
  state,
  signedIn: computed(() => state.current?.signed_in === true),
  unit: computed<Unit | null>(() => state.current?.unit ?? null),
  units: computed<Unit[]>(() => state.current?.units ?? []),
  /** Whether the person's role in the unit lets them pay. */
  mayPay: computed(() => state.current?.unit?.role !== 'viewer'),
  /** The service itself; without a network as it was last seen, so that its phone number is at hand. */
  app: computed(() => (state.current ?? readStored<Session>(SEEN_KEY))?.app ?? null),

  /** Asks the server once; later calls share the answer unless `fresh`. */
  load(fresh = false): Promise<Session> {
    if (state.current && !fresh) return Promise.resolve(state.current)
    loading ??= api
      .fetchSession()
      .then(keep)
      .finally(() => {
        loading = null
      })
    return loading
  },

  /** The session as it was last seen, for pages shown without a network. */
  lastSeen(): Session | null {
    return readStored<Session>(SEEN_KEY)
  },

  /** Takes over the answer of a login, a unit choice or a preference. */
  adopt(next: Session): Session {
    return keep(next)
  },

  /** Changes the unit one acts for. */
  async choose(unit_id: string): Promise<Session> {
    return keep(await api.chooseUnit(unit_id))
  },

  /** Turns to the wanted unit, or to the only one when none is chosen yet. Throws where it is not theirs. */
  async turnTo(wanted: string): Promise<void> {
    const theirs = () => session.units.value.some(({ id }) => id === wanted)
    if (wanted && !theirs()) {
      await session.load(true)
      if (!theirs()) throw foreignUnit(state.current?.account?.phone_masked)
    }
    const only = session.units.value.length === 1 ? session.units.value[0].id : ''
    const unit_id = wanted || (session.unit.value ? '' : only)
    if (unit_id && unit_id !== session.unit.value?.id) await session.choose(unit_id)
  },

  /** Ends the session here and on the server. */
  async signOut(): Promise<void> {
    await api.signOut()
    forgetPerson()
    state.current = null
    await session.load(true)
  },

  /** Switches the elder mode, on this phone and, when signed in, with the account. */
  async setElder(elder: boolean): Promise<void> {
    appearance.setElder(elder)
    if (state.current?.signed_in) keep(await api.savePreferences(elder))
  },

  /** The key below which data of this person and unit may be remembered. */
  privateKey(name: string): string {
    const seen = state.current?.signed_in ? state.current : session.lastSeen()
    return `${PRIVATE_PREFIX}${seen?.account?.id ?? ''}:${seen?.unit?.id ?? ''}:${name}`
  }
}
