import { defineConfig } from 'vitest/config'

/** Gates on what is shipped: run after the build. */
export default defineConfig({
  test: { environment: 'node', pool: 'forks', include: ['tests/build/**/*.test.ts'] }
})
