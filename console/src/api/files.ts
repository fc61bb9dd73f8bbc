import { request, staffPath } from './request'

/** What an officer can fetch: a payment order (id of the order), a receipt, a proof of a remittance (id of the file). */
export type StaffFileKind = 'order_document' | 'invoice' | 'remittance_proof'

/** A link that lives some minutes. */
export const linkTo = (kind: StaffFileKind, id: string) =>
  request<{ url: string; file_name: string }>('POST', staffPath('/download-links'), { kind, id })
