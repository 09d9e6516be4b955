export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const yearInSeconds = 365 * 24 * 3600;

export function readTheme(value: string | null | undefined): Theme {
	return themes.find((theme) => theme === value) ?? 'system';
}

/** A cookie, so that the server draws the first frame in the right colours. */
export function applyTheme(theme: Theme): void {
	document.documentElement.dataset['theme'] = theme;
	document.cookie = `theme=${theme}; path=/; max-age=${yearInSeconds}; samesite=lax`;
}
