import { config, enableAutoUnmount } from '@vue/test-utils'
import { defineComponent, h } from 'vue'
import { afterEach, beforeEach, vi } from 'vitest'
import { pages, phone } from './phone'

vi.stubGlobal('uni', phone)
vi.stubGlobal('getCurrentPages', () => pages)
Object.defineProperty(globalThis, 'uni', { value: phone, writable: true })

enableAutoUnmount(afterEach)

// The kit's movements take time; in these tests a sheet is open or it is not.
config.global.stubs = {
  WdOverlay: true,
  WdTransition: defineComponent({
    props: { show: Boolean },
    setup:
      (props, { slots }) =>
      () =>
        props.show ? h('div', slots.default?.()) : null
  })
}

beforeEach(() => {
  phone.reset()
  pages.length = 0
  pages.push({ route: 'pages/home/home', options: {} })
})
