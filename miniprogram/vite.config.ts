import { defineConfig } from 'vite'
import uniPlugin from '@dcloudio/vite-plugin-uni'
import { answersAhead } from './scripts/answers-ahead'
import { firstPageAhead } from './scripts/first-page-ahead'
import { leanFramework } from './scripts/lean-framework'
import { noOutsideAddress } from './scripts/no-outside-address'
import { plainViews } from './scripts/plain-views'
import { sharedCode } from './scripts/shared-code'

// The plugin is CommonJS; depending on the loader the function sits on `default`.
const uni = (uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin

const forBrowser = process.env.UNI_PLATFORM === 'h5'

const inBrowser = {
  cssCodeSplit: false,
  rollupOptions: {
    output: {
      manualChunks: sharedCode()
    }
  }
}

/** One source, two outputs: H5 (served below /h5/) and the WeChat mini-program. */
export default defineConfig({
  plugins: [
    uni(
      forBrowser ? { vueOptions: { template: { compilerOptions: { nodeTransforms: [plainViews] } } } } : {}
    ),
    noOutsideAddress(),
    ...(forBrowser ? [leanFramework(), firstPageAhead(), answersAhead()] : [])
  ],
  build: {
    target: 'es2018',
    reportCompressedSize: false,
    ...(forBrowser ? inBrowser : {})
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/files', '/wechat'].map((path) => [path, { target: 'http://127.0.0.1:8080' }])
    )
  }
})
