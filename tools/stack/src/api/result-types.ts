type Parse = (text: string) => unknown;

const oids = {
	bool: 16,
	int8: 20,
	int2: 21,
	int4: 23,
	oid: 26,
	json: 114,
	float4: 700,
	float8: 701,
	timestamp: 1114,
	timestamptz: 1184,
	numeric: 1700,
	jsonb: 3802
};

// As to_json writes them: that is PostgREST's form, and the one that embedded rows have already.
const scalars = new Map<number, Parse>([
	[oids.bool, (text) => text === 't'],
	[oids.int2, Number],
	[oids.int4, Number],
	[oids.oid, Number],
	[oids.int8, parseBigint],
	[oids.float4, parseNumber],
	[oids.float8, parseNumber],
	[oids.numeric, parseNumber],
	[oids.json, parseJson],
	[oids.jsonb, parseJson],
	[oids.timestamp, (text) => text.replace(' ', 'T')],
	[oids.timestamptz, (text) => text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')]
]);

/** What the driver makes of a column; unknown types stay the text that Postgres sends. */
export class ResultTypes {
	/** The element type of each array type, migrations' own included. */
	elements: ReadonlyMap<number, number> = new Map();

	getTypeParser(oid: number): Parse {
		const element = this.elements.get(oid);
		if (element === undefined) return scalars.get(oid) ?? String;
		return (text) => parseArray(text, this.getTypeParser(element));
	}
}

/** `{a,"b c",NULL,{nested}}`, optionally after explicit bounds. */
export function parseArray(text: string, parse: Parse): unknown[] {
	const levels: unknown[][] = [];
	let top: unknown[] = [];
	const token = /"((?:[^"\\]|\\.)*)"|([^{},"]+)|([{}])/gsy;
	token.lastIndex = text.indexOf('{');
	while (token.lastIndex < text.length) {
		const match = token.exec(text);
		if (match === null) {
			token.lastIndex = text.indexOf(',', token.lastIndex) + 1 || text.length;
			continue;
		}
		const [, quoted, bare, brace] = match;
		const level = levels.at(-1);
		if (brace === '{') levels.push([]);
		else if (brace === '}') {
			top = levels.pop() ?? [];
			levels.at(-1)?.push(top);
		} else if (quoted !== undefined) level?.push(parse(quoted.replace(/\\(.)/gs, '$1')));
		else if (bare !== undefined) level?.push(bare === 'NULL' ? null : parse(bare));
		if (text[token.lastIndex] === ',') token.lastIndex++;
	}
	return top;
}

function parseBigint(text: string): number | bigint {
	const number = Number(text);
	return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** NaN and the infinities have no number in JSON and stay texts. */
function parseNumber(text: string): number | string {
	const number = Number(text);
	return Number.isFinite(number) ? number : text;
}

function parseJson(text: string): unknown {
	return JSON.parse(text);
}
