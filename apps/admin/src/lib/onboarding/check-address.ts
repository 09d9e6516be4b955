/** The check opens a page with this behind its address; the loader then reports itself at once. */
export const checkAddress = (page: string): string => new URL('#chatiq-check', page).href;

/** Addresses that can be opened: not patterns. */
export const openOrigins = (allowed: readonly string[]): string[] =>
	allowed.filter((origin) => !origin.includes('*'));
