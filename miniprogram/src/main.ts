import { createSSRApp } from 'vue'
import App from './App.vue'
// #ifdef H5
import PageFailed from '@/components/page-failed/page-failed.vue'
import PageLoading from '@/components/page-loading/page-loading.vue'
// #endif

/** The entry that both compilers look for. */
export function createApp() {
  const app = createSSRApp(App)
  // #ifdef H5
  // Named in manifest.json: what stands where a page's code is still coming, or did not come.
  app.component('PageLoading', PageLoading)
  app.component('PageFailed', PageFailed)
  // #endif
  return { app }
}
