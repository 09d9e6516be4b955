import type { Onboarding } from '@chatiq/contracts/onboarding';
import { expect, it } from 'vitest';
import { countDone, firstSteps, nextStep } from './first-steps.ts';

const fresh: Onboarding = {
	organization_id: 'o',
	organization_name: 'Kavka',
	dismissed_at: null,
	site: null,
	first_message_at: null,
	teammates: 0,
	invited: 0,
	hours_set: false
};
const site = {
	id: 's',
	name: 'shop',
	site_key: 'pk_x',
	allowed_origins: [],
	seen_at: null,
	seen_on: null,
	refused_origins: []
};

it('leads from the site to the hours', () => {
	const next = (known: Partial<Onboarding>) => nextStep(firstSteps({ ...fresh, ...known }));
	expect(next({})).toBe('site');
	expect(next({ site })).toBe('snippet');
	const seen = { site: { ...site, seen_at: '2026-11-21T10:00:00Z' } };
	expect(next(seen)).toBe('message');
	// A message proves the snippet, even when its sighting has been forgotten.
	const written = { site, first_message_at: '2026-11-21T10:01:00Z' };
	expect(next(written)).toBe('teammate');
	expect(next({ ...written, invited: 1 })).toBe('hours');
	expect(next({ ...written, teammates: 1, hours_set: true })).toBeNull();
});

it('counts steps that were done in another order', () => {
	expect(countDone(firstSteps({ ...fresh, hours_set: true, teammates: 2 }))).toBe(3);
});
