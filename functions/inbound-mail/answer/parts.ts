const longest = 4000;
const most = 4;

/** A long mail as messages, cut where a paragraph or a word ends; `cut` stands where even those do not suffice. */
export function partsOf(text: string, cut: string): string[] {
	const parts: string[] = [];
	let rest = clean(text);
	while (rest !== '' && parts.length < most) {
		// As Postgres counts them.
		const characters = Array.from(rest);
		const end = characters.length <= longest ? characters.length : breakAt(characters);
		parts.push(characters.slice(0, end).join('').trim());
		rest = characters.slice(end).join('').trim();
	}
	return rest === '' ? parts : [...parts, cut];
}

/** Without what Postgres cannot store and nobody sees: control characters, but for tabs and line breaks. */
const clean = (text: string) =>
	text
		.replace(/(?![\t\n])\p{Cc}/gu, '')
		.toWellFormed()
		.trim();

function breakAt(characters: string[]): number {
	for (const mark of ['\n', ' ']) {
		const place = characters.lastIndexOf(mark, longest - 1);
		if (place > longest / 2) return place;
	}
	return longest;
}
