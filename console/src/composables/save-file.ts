import { fetchFile } from '@/api/request'

/** Gives content to the browser as a file. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

/** Fetches a file of the server, with our way of asking and complaining, and saves it. */
export async function download(path: string): Promise<void> {
  const { content, name } = await fetchFile(path)
  saveFile(content, name)
}
