import { m } from '@chatiq/i18n/console';
import type { StepName } from './first-steps.ts';

const titles: Record<StepName, () => string> = {
	organization: m.start_step_organization,
	site: m.start_step_site,
	snippet: m.start_step_snippet,
	message: m.start_step_message,
	teammate: m.start_step_teammate,
	hours: m.start_step_hours
};

export const stepTitle = (name: StepName): string => titles[name]();
