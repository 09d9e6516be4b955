export type CsvValue = string | number | null;

/** A spreadsheet runs what begins like this: a quote before it keeps it a text. */
const formula = /^[=+\-@\t\r]/;

function field(value: CsvValue): string {
	if (value === null) return '';
	if (typeof value === 'number') return String(value);
	const text = formula.test(value) ? `'${value}` : value;
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with a byte order mark: Excel reads Cyrillic only with it. */
export function toCsv(rows: readonly (readonly CsvValue[])[]): string {
	return `\uFEFF${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}
