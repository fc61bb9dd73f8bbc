import { computed, reactive } from 'vue'
import { readStored, store } from '@/platform/storage'

/** Sizes of the main text in elder mode, in px; each has its own set of tokens. */
export const ELDER_SIZES_PX = [20, 24, 30] as const

/** One of the sizes of the elder mode. */
export type ElderSize = (typeof ELDER_SIZES_PX)[number]

const KEY = 'appearance'

interface Appearance {
  elder: boolean
  size_px: ElderSize
}

function remembered(): Appearance {
  const kept = readStored<Partial<Appearance>>(KEY)
  const size_px = ELDER_SIZES_PX.find((size) => size === kept?.size_px) ?? 20
  return { elder: kept?.elder === true, size_px }
}

const state = reactive<Appearance>(remembered())

/** How large everything is drawn: normal, or the elder mode with its three sizes. */
export const appearance = {
  state,
  /** The classes that switch the tokens; every page carries them on its root. */
  className: computed(() => (state.elder ? `tokens elder elder-${state.size_px}` : 'tokens')),
  /** Switches the elder mode on this phone. */
  setElder(elder: boolean): void {
    state.elder = elder
    store(KEY, state)
  },
  /** Chooses the size of the elder mode's text. */
  setSize(size_px: ElderSize): void {
    state.size_px = size_px
    store(KEY, state)
  }
}
