/** Browsers still hand out names that the time zone database has given up (CLDR keeps them for ever): old, then new. */
const renamed =
	'Kiev Kyiv Calcutta Kolkata Katmandu Kathmandu Rangoon Yangon Saigon Ho_Chi_Minh Godthab Nuuk Asmera Asmara Faeroe Faroe'.split(
		' '
	);

/** A time zone as it is called today, for people: "Europe/Kyiv" also where a browser says "Europe/Kiev". */
export function zoneName(timeZone: string): string {
	const [, place = timeZone] = /([^/]*)$/.exec(timeZone) ?? [];
	const at = renamed.indexOf(place);
	const now = at % 2 === 0 ? timeZone.replace(place, renamed[at + 1] ?? place) : timeZone;
	return now.replaceAll('_', ' ');
}

/** All time zones of this browser by name, those in use under the name they are stored with. */
export function zoneOptions(inUse: readonly string[]): ReturnType<typeof zoneOption>[] {
	const byName = new Map<string, string>();
	for (const value of [...inUse, 'UTC', ...Intl.supportedValuesOf('timeZone')]) {
		const name = zoneName(value);
		if (!byName.has(name)) byName.set(name, value);
	}
	return [...byName.values()]
		.map(zoneOption)
		.sort((one, other) => (one.text < other.text ? -1 : 1));
}

export const zoneOption = (value: string): { value: string; text: string } => ({
	value,
	text: zoneName(value)
});
