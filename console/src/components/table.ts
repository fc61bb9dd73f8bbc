/** A column of a table. Without a slot `cell-KEY` the cell shows `row[key]` after its kind. */
export interface Column {
  key: string
  title: string
  /** Of a table cell: `120px`, `20%`. */
  width?: string
  kind?: 'text' | 'money' | 'time' | 'day' | 'code' | 'state' | 'count' | 'act'
  /** Left out below 1180 px of width. */
  wide?: boolean
}
