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

interface WeixinOutcome<T> {
  success: (answer: T) => void
  fail: (failure: { errMsg: string }) => void
}

interface WeixinFile {
  tempFilePath?: string
  path?: string
  name?: string
  size: number
}

/** WeChat's own object, present in the mini-program only; as far as the pages use it directly. */
declare const wx: {
  shareFileMessage(options: { filePath: string; fileName: string } & WeixinOutcome<void>): void
  chooseMedia(
    options: { count: number; mediaType: string[] } & WeixinOutcome<{ tempFiles: WeixinFile[] }>
  ): void
  chooseMessageFile(
    options: { count: number; type: string; extension: string[] } & WeixinOutcome<{ tempFiles: WeixinFile[] }>
  ): void
  getFileSystemManager(): {
    readFile(
      options: { filePath: string; position: number; length: number } & WeixinOutcome<{
        data: string | ArrayBuffer
      }>
    ): void
  }
}
