const longest = 4000;
const most = 4;

/** A long mail as messages, cut where a paragraph or a word ends; `cut` stands where even those do not suffice. */
export function partsOf(text: string, cut: string): string[] {
	const parts: string[] = [];
	let rest = clean(text);
	while (rest !== '' && parts.length < most) {
		const characters = [...rest];
		const end = characters.length <= longest ? characters.length : breakAt(characters);
		parts.push(characters.slice(0, end).join('').trim());
		rest = characters.slice(end).join('').trim();
	}
	return rest === '' ? parts : [...parts, cut];
}

/** What Postgres cannot store, and what nobody sees. */
const clean = (text: string) =>
	// eslint-disable-next-line no-control-regex -- these are meant
	text
		.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
		.toWellFormed()
		.trim();

function breakAt(characters: string[]): number {
	for (const mark of ['\n', ' ']) {
		const place = characters.lastIndexOf(mark, longest - 1);
		if (place > longest / 2) return place;
	}
	return longest;
}
