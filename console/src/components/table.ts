/** What a column may be called besides the fields of its rows: buttons, and the best of several proposals. */
type OwnKey = 'act' | 'best'

/**
 * A column of a table. Without a slot `cell-KEY` the cell shows `row[key]` after its kind. The rows' type keeps columns
 * from naming what the server does not say.
 */
export interface Column<Row> {
  key: Extract<keyof Row, string> | OwnKey
  title: string
  /** Of a table cell: `120px`, `20%`. */
  width?: string
  kind?: 'text' | 'money' | 'time' | 'day' | 'code' | 'state' | 'count' | 'act'
  /** Left out below 1180 px of width; `very` up to 1400, where a list has 1028 px of a screen of 1280. */
  wide?: true | 'very'
}
