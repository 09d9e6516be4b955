import type { Memory } from './memory.ts';

/**
 * The visit that this is: a tab that comes to the site counts once. The only thing that is stored before a visitor
 * does anything, and only on sites with a rule that asks for it.
 */
export function countVisits({ tab, browser, visitsKey }: Memory): number {
	const before = Number(browser.get(visitsKey) ?? 0);
	if (tab.get(visitsKey) !== null) return before || 1;
	tab.set(visitsKey, '1');
	browser.set(visitsKey, `${before + 1}`);
	return before + 1;
}
