import { apiPath, request } from './request'
import type { InvoiceTitle, NewInvoiceTitle, TitleCheck } from './types'

/** Saved invoice titles. */
export const fetchTitles = () => request<{ items: InvoiceTitle[] }>('GET', apiPath('/invoice-titles'))

/** Saves a new title. */
export const createTitle = (title: NewInvoiceTitle) =>
  request<InvoiceTitle>('POST', apiPath('/invoice-titles'), title)

/** Changes a saved title. */
export const updateTitle = (id: string, title: NewInvoiceTitle) =>
  request<InvoiceTitle>('PUT', apiPath(`/invoice-titles/${id}`), title)

/** Forgets a saved title. */
export const deleteTitle = (id: string) => request<void>('DELETE', apiPath(`/invoice-titles/${id}`))

/** Lets the server check name and tax number while they are typed. */
export const checkTitle = (title: Pick<NewInvoiceTitle, 'kind' | 'name' | 'tax_no'>) =>
  request<TitleCheck>('POST', apiPath('/invoice-titles/check'), title)
