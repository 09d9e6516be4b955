import { toCsv, type CsvValue } from '@chatiq/contracts/csv';

/** A CSV that opens in the reader's own spreadsheet, whose decimal mark is that of their region. */
export function readerCsv(rows: readonly (readonly CsvValue[])[]): string {
	const half = new Intl.NumberFormat(navigator.language).format(0.5);
	return toCsv(rows, half.includes(','));
}
