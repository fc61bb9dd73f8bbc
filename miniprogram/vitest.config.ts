import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** `tests/unit` looks at the source; `tests/build` looks at both outputs, which must exist. */
export default defineConfig({
  plugins: [
    vue({
      template: {
        compilerOptions: {
          isCustomElement: (tag) => ['view', 'text', 'scroll-view', 'picker', 'image'].includes(tag)
        }
      }
    })
  ],
  resolve: {
    alias: {
      '@dcloudio/uni-app': at('./tests/unit/support/uni-app.ts'),
      '@': at('./src')
    }
  },
  test: {
    environment: 'jsdom',
    pool: 'forks',
    include: ['tests/unit/**/*.test.ts'],
    setupFiles: ['tests/unit/support/setup.ts'],
    server: { deps: { inline: ['wot-design-uni'] } },
    restoreMocks: true
  }
})
