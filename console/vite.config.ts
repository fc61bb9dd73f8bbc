import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const SERVER = process.env.TEJIAN_ORIGIN ?? 'http://127.0.0.1:8080'

/** Pages served below /console/. */
export default defineConfig({
  base: '/console/',
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      output: {
        manualChunks(id: string) {
          if (/node_modules\/(echarts|zrender)\//.test(id)) return 'charts'
          if (
            /node_modules\/(element-plus|@element-plus|@floating-ui|dayjs|lodash|async-validator|@vueuse)/.test(
              id
            )
          )
            return 'kit'
          if (/node_modules\/(@vue|vue|vue-router)\//.test(id)) return 'vue'
          // What every page needs travels together: on a slow line a request costs more than a few kilobytes.
          if (/\/src\/(api|composables|stores)\/|\/src\/text\/(?!qr)/.test(id)) return 'base'
          if (/\/src\/components\/(error-note|form-field|copy-text)|export-helper/.test(id)) return 'base'
          return undefined
        }
      }
    }
  },
  server: {
    proxy: Object.fromEntries(['/staff', '/files'].map((path) => [path, { target: SERVER }]))
  }
})
