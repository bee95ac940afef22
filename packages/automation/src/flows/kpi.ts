/** What a flow is measured by, as data. The numbers come from its runs. */

/** A moment of a run: the event's own time, a step's last outcome, or the end of the run. */
export type KpiMoment = 'event.time' | 'run.finished' | `step.${string}`;

export type Kpi =
  | { readonly kind: 'duration'; readonly name: string; readonly from: KpiMoment; readonly to: KpiMoment }
  | { readonly kind: 'count'; readonly name: string; readonly of: Exclude<KpiMoment, 'event.time'> };

export const kpi = {
  /** How long it takes from one moment to another. */
  duration(name: string, span: { from: KpiMoment; to: KpiMoment }): Kpi {
    return { kind: 'duration', name, from: span.from, to: span.to };
  },
  /** How often runs come to a moment; `run.finished` unless told otherwise. */
  count(name: string, options: { of?: Exclude<KpiMoment, 'event.time'> } = {}): Kpi {
    return { kind: 'count', name, of: options.of ?? 'run.finished' };
  },
} as const;

/** The ids of the steps that a KPI looks at. */
export function stepsOfKpi(measured: Kpi): readonly string[] {
  const moments = measured.kind === 'duration' ? [measured.from, measured.to] : [measured.of];
  return moments.flatMap((moment) => (moment.startsWith('step.') ? [moment.slice('step.'.length)] : []));
}
