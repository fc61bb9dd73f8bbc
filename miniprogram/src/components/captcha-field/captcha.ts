import { fetchCaptcha } from '@/api/guest'
import { useLoad } from '@/composables/load'

/** A question that only people answer, for `captcha-field`: a new one comes in the way the person chose last. */
export function useCaptcha() {
  let chosen = false
  const loaded = useLoad(() => fetchCaptcha(chosen))

  function ask(inWords = chosen): Promise<void> {
    chosen = inWords
    return loaded.load()
  }

  return { ...loaded, ask }
}
