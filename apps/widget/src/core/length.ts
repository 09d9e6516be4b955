/** Length as the database counts it: in code points, not in UTF-16 units. */
export function lengthOf(text: string): number {
	let length = 0;
	for (const character of text) length += character === '' ? 0 : 1;
	return length;
}
