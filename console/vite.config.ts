import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const SERVER = process.env.TEJIAN_ORIGIN ?? 'http://127.0.0.1:8080'

/** Pages served below /console/. `vite --mode fixture` answers /staff/v1 from invented data instead of a server. */
export default defineConfig(async ({ mode, command }) => {
  const plugins = [vue()]
  const invented = mode === 'fixture' && command === 'serve'
  if (invented) plugins.push((await import('./tests/fixture/plugin')).fixture())
  return {
    base: '/console/',
    plugins,
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
            return undefined
          }
        }
      }
    },
    server: {
      proxy: invented
        ? {}
        : Object.fromEntries(['/staff', '/files'].map((path) => [path, { target: SERVER }]))
    }
  }
})
