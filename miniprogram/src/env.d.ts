/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Origin of the server for the mini-program, such as `https://pay.example.cn`; empty in the browser. */
  readonly VITE_API_ORIGIN?: string
}

declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}

/** WeChat's own object, present in the mini-program only. */
declare const wx: {
  shareFileMessage(options: {
    filePath: string
    fileName: string
    success: () => void
    fail: (failure: { errMsg: string }) => void
  }): void
}
