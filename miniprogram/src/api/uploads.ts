import type { Upload } from './money'
import { apiPath, request } from './request'

/** Announces a file; its bytes follow in parts. */
export const createUpload = (purpose: string, file_name: string, bytes: number) =>
  request<Upload>('POST', apiPath('/uploads'), { purpose, file_name, bytes })

/** Sends the bytes from `offset` on, at most 1 MiB at once. */
export const sendPart = (id: string, offset: number, part: ArrayBuffer) =>
  request<Upload>('PUT', apiPath(`/uploads/${id}/content`, { offset }), part)

/** How much of a file has arrived. */
export const fetchUpload = (id: string) => request<Upload>('GET', apiPath(`/uploads/${id}`))

/** Takes a file back. */
export const deleteUpload = (id: string) => request<void>('DELETE', apiPath(`/uploads/${id}`))
