import { h, type FunctionalComponent } from 'vue'

interface Day {
  label: string
  /** Written `2026-07-31`; empty while none is chosen. */
  day: string
  start?: string
  end?: string
}

/** A click with a mouse opens the calendar too; older browsers have only the field itself. */
function unfold(event: Event): void {
  const field = event.target as HTMLInputElement & { showPicker?: () => void }
  try {
    field.showPicker?.()
  } catch {
    // Not allowed here: the field can still be typed into.
  }
}

/** The browser's own field for a day. The framework's picker would bring its wheels along on every first visit. */
const DayInput: FunctionalComponent<Day, { chosen: (day: string) => void }> = (props, { emit }) =>
  h('input', {
    type: 'date',
    'aria-label': props.label,
    value: props.day,
    min: props.start,
    max: props.end,
    onClick: unfold,
    onChange: (event: Event) => emit('chosen', (event.target as HTMLInputElement).value)
  })

DayInput.props = ['label', 'day', 'start', 'end']
DayInput.emits = ['chosen']

export default DayInput
