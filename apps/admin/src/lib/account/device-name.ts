const browsers: readonly (readonly [RegExp, string])[] = [
	[/\bEdgA?\//, 'Edge'],
	[/\bOPR\//, 'Opera'],
	[/\bSamsungBrowser\//, 'Samsung Internet'],
	[/\b(Firefox|FxiOS)\//, 'Firefox'],
	[/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
	[/\bSafari\//, 'Safari']
];

const systems: readonly (readonly [RegExp, string])[] = [
	[/\b(iPhone|iPod)\b/, 'iPhone'],
	[/\biPad\b/, 'iPad'],
	[/\bAndroid\b/, 'Android'],
	[/\bWindows\b/, 'Windows'],
	[/\b(Macintosh|Mac OS)\b/, 'macOS'],
	[/\bCrOS\b/, 'ChromeOS'],
	[/\bLinux\b/, 'Linux']
];

/** Browser and system, as far as a user agent says; null of one that is neither. */
export function deviceName(userAgent: string | null): string | null {
	const first = (list: typeof browsers): string | undefined =>
		list.find(([sign]) => sign.test(userAgent ?? ''))?.[1];
	const parts = [first(browsers), first(systems)].filter((part) => part !== undefined);
	return parts.length > 0 ? parts.join(' · ') : null;
}
