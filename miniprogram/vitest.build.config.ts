import { defineConfig } from 'vitest/config'

/** Gates on what is shipped: run after both builds. */
export default defineConfig({
  test: { environment: 'jsdom', pool: 'forks', include: ['tests/build/**/*.test.ts'] }
})
