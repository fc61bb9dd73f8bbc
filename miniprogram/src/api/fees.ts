import { apiPath, request } from './request'
import type { AllMatching, Checkout, Fee, FeePage, Home, MadeOrder, Office, Preview } from './types'

/** Numbers of the home page. */
export const fetchHome = () => request<Home>('GET', apiPath('/home'))

/** Payable fees of the unit, newest first, by keyset. */
export const fetchFees = (q: string, after: string | null, limit = 20) =>
  request<FeePage>('GET', apiPath('/fees', { q, after, limit }))

/** Fees by id, at most 200 at once. */
export const lookUpFees = (ids: string[]) =>
  request<{ items: Fee[] }>('POST', apiPath('/fees/lookup'), { ids })

/** What paying a selection would mean; the server knows the ids behind "all that match". */
export const previewCheckout = (selection: { fee_ids?: string[]; all_matching?: AllMatching }) =>
  request<Preview>('POST', apiPath('/checkouts/preview'), selection)

/** Makes the orders; the same `key` always gives the same orders. */
export const submitCheckout = (checkout: Checkout) =>
  request<{ orders: MadeOrder[] }>('POST', apiPath('/checkouts'), checkout)

/** Where to go and whom to call; reports on paper are collected where `hands_out_papers` says so. */
export const fetchOffices = () => request<{ items: Office[] }>('GET', apiPath('/offices'))
