import { request, staffPath } from './request'

/**
 * What an officer can fetch: a payment order (id of the order), a receipt, a proof of a remittance (id of the file), a
 * report and the label of its device (id of the report), WeChat's bills (a Beijing day).
 */
export type StaffFileKind =
  | 'order_document'
  | 'invoice'
  | 'remittance_proof'
  | 'report'
  | 'device_label'
  | 'trade_bill'
  | 'fund_flow_bill'

/** A link that lives some minutes. */
export const linkTo = (kind: StaffFileKind, id: string) =>
  request<{ url: string; file_name: string }>('POST', staffPath('/download-links'), { kind, id })
