import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/** `tests/unit` looks at the source; `tests/build` looks at the output, which must exist. */
export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: {
    environment: 'jsdom',
    pool: 'forks',
    include: ['tests/unit/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
    restoreMocks: true
  }
})
