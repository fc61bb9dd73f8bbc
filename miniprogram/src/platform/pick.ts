/** A file the person chose, read in parts so that a long one never stands in memory as a whole. */
export interface PickedFile {
  name: string
  bytes: number
  read(offset: number, length: number): Promise<ArrayBuffer>
}

/** What is asked for: a picture from camera or album, or a PDF. */
export type Wanted = 'photo' | 'pdf'

/** Bank slips rarely need more; the server decides in the end. */
const FILES_MAX = 5

// #ifdef H5
function pickInBrowser(wanted: Wanted): Promise<PickedFile[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = wanted === 'photo' ? 'image/*' : 'application/pdf'
    input.multiple = true
    input.style.display = 'none'
    const done = (files: File[]) => {
      input.remove()
      resolve(
        files.slice(0, FILES_MAX).map((file) => ({
          name: file.name,
          bytes: file.size,
          read: (offset, length) => file.slice(offset, offset + length).arrayBuffer()
        }))
      )
    }
    input.addEventListener('change', () => done([...(input.files ?? [])]))
    input.addEventListener('cancel', () => done([]))
    document.body.append(input)
    input.click()
  })
}
// #endif

// #ifdef MP-WEIXIN
function fromPath(name: string, filePath: string, bytes: number): PickedFile {
  return {
    name,
    bytes,
    read: (position, length) =>
      new Promise((resolve, reject) => {
        wx.getFileSystemManager().readFile({
          filePath,
          position,
          length,
          success: ({ data }) => resolve(data as ArrayBuffer),
          fail: ({ errMsg }) => reject(new Error(errMsg))
        })
      })
  }
}

function pickInMiniProgram(wanted: Wanted): Promise<PickedFile[]> {
  return new Promise((resolve) => {
    const success = ({ tempFiles }: { tempFiles: WeixinFile[] }) =>
      resolve(
        tempFiles.map(({ tempFilePath, path, name, size }, at) => {
          const where = tempFilePath ?? path ?? ''
          return fromPath(name ?? `回单${at + 1}.${where.split('.').pop()}`, where, size)
        })
      )
    const fail = () => resolve([])
    if (wanted === 'photo') wx.chooseMedia({ count: FILES_MAX, mediaType: ['image'], success, fail })
    else wx.chooseMessageFile({ count: FILES_MAX, type: 'file', extension: ['pdf'], success, fail })
  })
}
// #endif

/** Lets the person choose files; empty when they changed their mind. */
export function pickFiles(wanted: Wanted): Promise<PickedFile[]> {
  // #ifdef MP-WEIXIN
  return pickInMiniProgram(wanted)
  // #endif
  // #ifdef H5
  return pickInBrowser(wanted)
  // #endif
}
