import { request, staffPath, type Query } from './request'
import type {
  BankStatement,
  BankTransaction,
  Mapping,
  Page,
  RefundPayee,
  Review,
  SavedMapping
} from './types'

/** Hands in a statement of the bank; without a fitting mapping the answer asks for one. */
export function uploadStatement(file: File, mapping_id?: string): Promise<BankStatement> {
  const form = new FormData()
  if (mapping_id) form.append('mapping_id', mapping_id)
  form.append('file', file, file.name)
  return request<BankStatement>('POST', staffPath('/bank/statements'), form)
}

export const mapStatement = (id: string, mapping: Mapping, save_as?: string) =>
  request<BankStatement>('POST', staffPath(`/bank/statements/${id}/mapping`), { mapping, save_as })
export const fetchStatements = (query: Query) =>
  request<Page<BankStatement>>('GET', staffPath('/bank/statements', query))
export const fetchMappings = () => request<{ items: SavedMapping[] }>('GET', staffPath('/bank/mappings'))

export const fetchTransactions = (query: Query) =>
  request<Page<BankTransaction>>('GET', staffPath('/bank/transactions', query))
export const fetchTransaction = (id: string) =>
  request<BankTransaction>('GET', staffPath(`/bank/transactions/${id}`))
/** `expected_rest_fen` is what the form showed as left: a form that is sent again takes nothing twice. */
export const claimTransaction = (
  id: string,
  claims: { order_id: string; amount_fen: number }[],
  expected_rest_fen: number
) =>
  request<BankTransaction>('POST', staffPath(`/bank/transactions/${id}/claims`), {
    claims,
    expected_rest_fen
  })
export const withdrawClaim = (id: string, reason: string) =>
  request<BankTransaction>('DELETE', staffPath(`/bank/claims/${id}`), { reason })
/** Asks for unclaimed money to go back to its sender; somebody else decides. */
export const returnTransaction = (id: string, order_id: string, amount_fen: number, reason: string) =>
  request<Review>('POST', staffPath(`/bank/transactions/${id}/return`), { order_id, amount_fen, reason })
/** Asks for a decided return to go to another account; somebody else decides. */
export const changeReturnPayee = (refund: string, payee: RefundPayee, reason: string) =>
  request<Review>('POST', staffPath(`/bank/returns/${refund}/payee`), { payee, reason })
/** Asks for a decided return to be called off: the money stays on its line; somebody else decides. */
export const callOffReturn = (refund: string, reason: string) =>
  request<Review>('POST', staffPath(`/bank/returns/${refund}/call-off`), { reason })
/** The bank sent back what was paid: asks for another account; somebody else decides. */
export const returnBounced = (refund: string, payee: RefundPayee, reason: string) =>
  request<Review>('POST', staffPath(`/bank/returns/${refund}/bounced`), { payee, reason })
/** Takes back what one has asked for of a decided return oneself. */
export const withdrawReturnChange = (refund: string) =>
  request<void>('POST', staffPath(`/bank/returns/${refund}/change/withdraw`))
/** Says that a line that may be known is another one. */
export const tellTransactionApart = (id: string) =>
  request<BankTransaction>('POST', staffPath(`/bank/transactions/${id}/distinct`))
export const ignoreTransaction = (id: string, reason: string) =>
  request<BankTransaction>('POST', staffPath(`/bank/transactions/${id}/ignore`), { reason })
