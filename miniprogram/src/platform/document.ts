import { createDownloadLink, type DocumentKind } from '@/api/documents'
import { ApiError } from '@/api/error'
import type { DownloadLink } from '@/api/types'
import { API_ORIGIN } from './environment'

function failed(detail: string): ApiError {
  return new ApiError(0, {
    code: 'download_failed',
    message: '文件没有打开',
    money: 'none',
    advice: `请检查网络后重试。${detail ? `（${detail}）` : ''}`
  })
}

/** What WeChat itself can show. */
const READABLE: Record<string, string> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx'
}

/** The browser shows PDF files itself and offers anything else for keeping. */
function openInBrowser(link: DownloadLink): void {
  // #ifdef H5
  const inline = link.content_type === 'application/pdf'
  const joint = link.url.includes('?') ? '&' : '?'
  window.location.assign(inline ? `${link.url}${joint}inline=1` : link.url)
  // #endif
  void link
}

function fetchFile(link: DownloadLink): Promise<string> {
  return new Promise((resolve, reject) => {
    uni.downloadFile({
      url: API_ORIGIN + link.url,
      success: ({ statusCode, tempFilePath }) =>
        statusCode === 200 ? resolve(tempFilePath) : reject(failed(String(statusCode))),
      fail: ({ errMsg }) => reject(failed(errMsg))
    })
  })
}

/** The mini-program downloads, then shows a PDF or hands an archive to a chat of the person's. */
async function openInMiniProgram(link: DownloadLink): Promise<void> {
  const filePath = await fetchFile(link)
  await new Promise<void>((resolve, reject) => {
    const done = {
      success: () => resolve(),
      fail: ({ errMsg }: { errMsg: string }) => reject(failed(errMsg))
    }
    const fileType = READABLE[link.content_type]
    if (fileType) {
      uni.openDocument({ filePath, fileType, showMenu: true, ...done })
      return
    }
    // #ifdef MP-WEIXIN
    wx.shareFileMessage({ filePath, fileName: link.file_name, ...done })
    // #endif
  })
}

/** Opens a PDF behind a short-lived link that was made already. Throws `ApiError`. */
export async function openLinkedFile(link: { url: string; file_name: string }): Promise<void> {
  const pdf: DownloadLink = { ...link, content_type: 'application/pdf', expires_at: 0 }
  // #ifdef MP-WEIXIN
  await openInMiniProgram(pdf)
  // #endif
  // #ifdef H5
  openInBrowser(pdf)
  // #endif
}

/** Fetches a short-lived link and opens the file behind it. Throws `ApiError`. */
export async function openDocument(kind: DocumentKind, id: string): Promise<void> {
  await openFile(await createDownloadLink(kind, id))
}

/** Opens the file behind a short-lived link. Throws `ApiError`. */
export async function openFile(link: DownloadLink): Promise<void> {
  let inMiniProgram = false
  // #ifdef MP-WEIXIN
  inMiniProgram = true
  // #endif
  if (inMiniProgram) await openInMiniProgram(link)
  else openInBrowser(link)
}
