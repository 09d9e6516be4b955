/** The check opens a page with this behind its address; the loader then reports itself at once. */
export const checkAddress = (origin: string): string => `${origin}/#chatiq-check`;

/** Addresses that can be opened: not patterns. */
export const openOrigins = (allowed: readonly string[]): string[] =>
	allowed.filter((origin) => !origin.includes('*'));
