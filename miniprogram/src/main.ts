import { createSSRApp } from 'vue'
import App from './App.vue'

/** The entry that both compilers look for. */
export function createApp() {
  return { app: createSSRApp(App) }
}
