export type CsvValue = string | number | null;

/** A spreadsheet runs what begins like this: a quote before it keeps it a text. */
const formula = /^[=+\-@\t\r]/;

/** What a cell said before `toCsv` kept it from being run. */
export const plainText = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r])/, '');

function field(value: CsvValue, decimalComma: boolean): string {
	if (value === null) return '';
	if (typeof value === 'number') {
		return decimalComma ? String(value).replace('.', ',') : String(value);
	}
	const text = formula.test(value) ? `'${value}` : value;
	return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * RFC 4180, with a byte order mark: Excel reads Cyrillic only with it. Where decimals have a comma, spreadsheets part
 * columns by semicolons, and take 2.5 for a day in May.
 */
export function toCsv(rows: readonly (readonly CsvValue[])[], decimalComma = false): string {
	const separator = decimalComma ? ';' : ',';
	const lines = rows.map((row) => row.map((value) => field(value, decimalComma)).join(separator));
	return `\uFEFF${lines.join('\r\n')}\r\n`;
}
