import { RestFailure } from './failure.ts';

/** The body of a write. Values stay the text that was sent: a number may be longer than JavaScript's. */
export type Payload = {
	/** A JSON array of objects. */
	json: string;
	/** Of the objects. */
	keys: string[];
	rows: Record<string, unknown>[];
};

/** `columns` names what is taken from each object; without it all objects must have the same keys. */
export function readPayload(
	body: string,
	contentType: string,
	columns: readonly string[] | null
): Payload {
	const json = toJson(body, contentType);
	const parsed = parse(json);
	const rows = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
	if (!rows.every(isObject)) throw invalid('Empty or invalid json');
	const keys = [...new Set(columns ?? Object.keys(rows[0] ?? {}))];
	if (columns === null && !rows.every((row) => hasKeys(row, keys))) {
		throw invalid('All object keys must match');
	}
	return { json: Array.isArray(parsed) ? json : `[${json}]`, keys, rows };
}

export type Arguments = { json: string; keys: string[] };

/** The body of a call: one object with the arguments. */
export function readArguments(body: string, contentType: string): Arguments {
	const json = body.trim() === '' ? '{}' : toJson(body, contentType);
	const parsed = parse(json);
	return { json, keys: isObject(parsed) ? Object.keys(parsed) : [] };
}

function toJson(body: string, contentType: string): string {
	const essence = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
	if (essence === 'text/csv') return csvToJson(body);
	if (essence === 'application/x-www-form-urlencoded') {
		return JSON.stringify(Object.fromEntries(new URLSearchParams(body)));
	}
	if (essence === '' || /^application\/(.*\+)?json$/.test(essence) || essence === '*/*')
		return body;
	if (essence === 'text/plain') return body;
	throw invalid(`Content-Type not acceptable: ${contentType}`);
}

function parse(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch {
		throw invalid('Empty or invalid json');
	}
}

function invalid(message: string): RestFailure {
	return new RestFailure(400, 'PGRST102', message);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasKeys(row: object, keys: readonly string[]): boolean {
	return Object.keys(row).length === keys.length && keys.every((key) => Object.hasOwn(row, key));
}

/** With a header line; the bare word NULL is null. */
function csvToJson(csv: string): string {
	const [header, ...lines] = csvRecords(csv);
	if (header === undefined) throw invalid('All lines must have same number of fields');
	const rows = lines.map((line) => {
		if (line.length !== header.length) throw invalid('All lines must have same number of fields');
		return Object.fromEntries(
			header.map((name, at) => [name, line[at] === 'NULL' ? null : line[at]])
		);
	});
	return JSON.stringify(rows);
}

function csvRecords(csv: string): string[][] {
	const records: string[][] = [];
	let record: string[] = [];
	const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/gy;
	while (field.lastIndex < csv.length) {
		const match = field.exec(csv);
		if (match === null) throw invalid('The CSV is malformed');
		const [, quoted, bare = '', separator] = match;
		record.push(quoted?.replaceAll('""', '"') ?? bare);
		if (separator === ',' && field.lastIndex < csv.length) continue;
		if (separator === ',') record.push('');
		records.push(record);
		record = [];
	}
	return records;
}
