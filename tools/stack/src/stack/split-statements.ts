/** What begins a statement that behaves the same in any transaction. Sessions, roles and transactions do not. */
const plainStatements = new Set(
	'alter comment create delete do drop grant insert merge revoke select truncate update with'.split(
		' '
	)
);
/** These need a transaction of their own, or hide semicolons behind a word. */
const unusualWords = new Set(['atomic', 'concurrently']);
/** The first line that tells the command line to do without a transaction. */
const withoutTransaction = /^\uFEFF?-- pg-delta: transaction=false\r?(\n|$)/;

/** One token each; what is none of them is passed over character by character. */
const token = new RegExp(
	[
		/--[^\n\r]*/, // comment
		/(?<block>\/\*)/,
		/(?<escaped>[eE]'(?:[^'\\]|\\[^]|'')*')/,
		/'(?:[^']|'')*'/,
		/"(?:[^"]|"")*"/,
		/(?<word>[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_$\u0080-\uFFFF]*)/,
		/[0-9]+/,
		/(?<dollar>\$(?:[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_\u0080-\uFFFF]*)?\$)/,
		/(?<mark>[;()'"\\])/
	]
		.map(({ source }) => source)
		.join('|'),
	'gu'
);

/**
 * The statements of a migration as the Supabase command line splits and records them. Null for a file
 * with anything unusual: then it is that command's to say what it means.
 */
export function splitStatements(script: string): string[] | null {
	if (withoutTransaction.test(script)) return null;
	const statements: string[] = [];
	let [start, depth] = [0, 0];
	let beginning: string | null = null;
	for (const { text, end } of tokens(script)) {
		if (text === '(') depth++;
		else if (text === ')') depth--;
		if (text === '<unusual>' || depth < 0) return null;
		if (text === '<end>' || (text === ';' && depth === 0)) {
			const statement = script.slice(start, end).replace(/;+$/u, '').trim();
			if (statement !== '') statements.push(statement);
			if (beginning !== null && !plainStatements.has(beginning)) return null;
			[start, beginning] = [end, null];
		} else beginning ??= text;
	}
	return depth === 0 ? statements : null;
}

/** Words, parentheses and semicolons that are not in a comment or a string, then `<end>`, or `<unusual>`. */
function* tokens(script: string): Generator<{ text: string; end: number }> {
	for (let at = 0; ;) {
		token.lastIndex = at;
		const match = token.exec(script);
		if (!match) break;
		const { block, escaped, word = '', dollar, mark = '' } = match.groups ?? {};
		at = token.lastIndex;
		if (block !== undefined) at = endOfBlock(script, at);
		else if (dollar !== undefined) at = endOfDollars(script, at, dollar);
		const text = word.toLowerCase() || mark;
		const openEnded = escaped !== undefined && continued.test(script.slice(at, at + 200));
		if (at === -1 || openEnded || unusualWords.has(text) || /['"\\]/.test(mark)) {
			yield { text: '<unusual>', end: at };
			return;
		}
		if (text !== '') yield { text, end: at };
	}
	yield { text: '<end>', end: script.length };
}

/** A string that goes on in the next line keeps the escapes of its beginning. */
const continued = /^\s*[\n\r]\s*'/;

/** Blocks of comments nest. */
function endOfBlock(script: string, from: number): number {
	const edge = /\/\*|\*\//g;
	edge.lastIndex = from;
	for (let depth = 1; depth > 0;) {
		const match = edge.exec(script);
		if (!match) return -1;
		depth += match[0] === '/*' ? 1 : -1;
	}
	return edge.lastIndex;
}

function endOfDollars(script: string, from: number, delimiter: string): number {
	const end = script.indexOf(delimiter, from);
	return end === -1 ? -1 : end + delimiter.length;
}
