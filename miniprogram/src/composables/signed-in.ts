import { ref, watch } from 'vue'
import { onLoad } from '@dcloudio/uni-app'
import { ApiError, asApiError } from '@/api/error'
import { currentUrl, queryValue, replace } from '@/platform/navigate'
import { signInSilently } from '@/platform/sign-in'
import { session } from '@/stores/session'

function withoutUnit(): ApiError {
  return new ApiError(-1, {
    code: 'no_unit',
    message: '您名下还没有单位',
    advice: '请确认登录的手机号是报检时留的号码；还是不行，请打电话。'
  })
}

/**
 * For pages that only make sense for a known person acting for a unit. `ready()` loads the session,
 * signs in silently where WeChat can vouch, sends visitors to the login and who has to agree first to
 * the texts (both return here) and turns to the unit that the page's address names (`unit=unt_…`, as every message does); it resolves
 * to false when the page should not go on. Whenever the unit changes afterwards, `onUnit` is called.
 *
 * The address speaks once: who has turned to another unit by hand stays there. A page about one thing
 * of one unit (`ofOneUnit`) turns back to that unit each time it is shown.
 */
export function useSignedIn(onUnit: () => void = () => undefined, { ofOneUnit = false } = {}) {
  const error = ref<ApiError | null>(null)
  let shown_for: string | null | undefined
  let wanted_unit = ''

  onLoad((options) => {
    wanted_unit = queryValue(options, 'unit')
  })

  async function ready(): Promise<boolean> {
    error.value = null
    shown_for = undefined
    try {
      const current = await signInSilently(await session.load(), currentUrl())
      if (!current.signed_in) {
        replace('login', { return_to: currentUrl() })
        return false
      }
      if (current.consents_needed.length > 0) {
        replace('consents', { return_to: currentUrl() })
        return false
      }
      if (session.units.value.length === 0) throw withoutUnit()
      await session.turnTo(wanted_unit)
      wanted_unit = ofOneUnit ? (session.unit.value?.id ?? '') : ''
      return session.unit.value !== null
    } catch (cause) {
      const failure = asApiError(cause)
      // Without a network the pages show what they remember of the last visit.
      if (failure.offline && session.lastSeen()) return true
      error.value = failure
      return false
    } finally {
      shown_for = session.unit.value?.id ?? null
    }
  }

  watch(
    () => session.unit.value?.id,
    (unit) => {
      if (!unit || shown_for === undefined || unit === shown_for) return
      shown_for = unit
      onUnit()
    }
  )

  return { error, ready }
}
