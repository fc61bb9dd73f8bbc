import { defineConfig } from 'vite'
import uniPlugin from '@dcloudio/vite-plugin-uni'
import { noOutsideAddress } from './scripts/no-outside-address'

// The plugin is CommonJS; depending on the loader the function sits on `default`.
const uni = (uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin

/** One source, two outputs: H5 (served below /h5/) and the WeChat mini-program. */
export default defineConfig({
  plugins: [uni(), noOutsideAddress()],
  build: { target: 'es2018', reportCompressedSize: false },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/files', '/wechat'].map((path) => [path, { target: 'http://127.0.0.1:8080' }])
    )
  }
})
