import type { Onboarding } from '@chatiq/contracts/onboarding';

export const stepNames = [
	'organization',
	'site',
	'snippet',
	'message',
	'teammate',
	'hours'
] as const;
export type StepName = (typeof stepNames)[number];

export interface Step {
	name: StepName;
	done: boolean;
}

/** What is done and what is next, from what the database has seen; nobody ticks anything off. */
export function firstSteps(known: Onboarding): Step[] {
	const done: Record<StepName, boolean> = {
		organization: true,
		site: known.site !== null,
		// Whoever has written has seen the widget.
		snippet: known.site?.seen_at != null || known.first_message_at !== null,
		message: known.first_message_at !== null,
		teammate: known.teammates > 0 || known.invited > 0,
		hours: known.hours_set
	};
	return stepNames.map((name) => ({ name, done: done[name] }));
}

export const nextStep = (steps: readonly Step[]): StepName | null =>
	steps.find((step) => !step.done)?.name ?? null;

export const countDone = (steps: readonly Step[]): number =>
	steps.filter((step) => step.done).length;
