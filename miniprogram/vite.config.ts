import { defineConfig } from 'vite'
import uniPlugin from '@dcloudio/vite-plugin-uni'
import { answersAhead } from './scripts/answers-ahead'
import { firstPageAhead } from './scripts/first-page-ahead'
import { noOutsideAddress } from './scripts/no-outside-address'

// The plugin is CommonJS; depending on the loader the function sits on `default`.
const uni = (uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin

/** What every other page needs travels together: on a slow line a request costs more than a few kilobytes. */
const SHARED = /\/src\/(api|composables|platform|stores|text)\//
const SHARED_COMPONENTS =
  /\/src\/components\/(app-|page-|money-sum|unit-bar|help-line|sticky-bar|paged-list|list-end|search-box|fee-row|order-card|copy-row|notice-card|my-invitations|elder-switch)/

const inBrowser = {
  cssCodeSplit: false,
  rollupOptions: {
    output: {
      manualChunks: (id: string) =>
        SHARED.test(id) || SHARED_COMPONENTS.test(id) || id.includes('wot-design-uni') ? 'shared' : undefined
    }
  }
}

/** One source, two outputs: H5 (served below /h5/) and the WeChat mini-program. */
export default defineConfig({
  plugins: [
    uni(),
    noOutsideAddress(),
    ...(process.env.UNI_PLATFORM === 'h5' ? [firstPageAhead(), answersAhead()] : [])
  ],
  build: {
    target: 'es2018',
    reportCompressedSize: false,
    ...(process.env.UNI_PLATFORM === 'h5' ? inBrowser : {})
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/files', '/wechat'].map((path) => [path, { target: 'http://127.0.0.1:8080' }])
    )
  }
})
