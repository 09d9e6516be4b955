const browsers: readonly (readonly [RegExp, string])[] = [
	[/\bEdg\//, 'Edge'],
	[/\bOPR\//, 'Opera'],
	[/\bFirefox\//, 'Firefox'],
	[/\bChrome\//, 'Chrome'],
	[/\bSafari\//, 'Safari']
];
const systems: readonly (readonly [RegExp, string])[] = [
	[/\b(iPhone|iPad)\b/, 'iOS'],
	[/\bAndroid\b/, 'Android'],
	[/\bWindows\b/, 'Windows'],
	[/\bMac OS X\b/, 'macOS'],
	[/\bLinux\b/, 'Linux']
];

/** A browser as its owner would call it: "Firefox, Windows". */
export function deviceName(userAgent: string): string {
	const named = [browsers, systems].map(
		(known) => known.find(([sign]) => sign.test(userAgent))?.[1]
	);
	return named.filter((name) => name !== undefined).join(', ');
}
