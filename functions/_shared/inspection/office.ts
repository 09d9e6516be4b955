import { AppError } from '@chatiq/contracts/errors';
import { type ByteReader, text } from './byte-reader.ts';
import type { FileType } from './file-type.ts';
import { type Open, readZipEntries, readZipText, type ZipEntry } from './zip.ts';

const officeXml = 'application/vnd.openxmlformats-officedocument';
const byFolder: Record<string, FileType> = {
	word: { kind: 'document', mime: `${officeXml}.wordprocessingml.document`, extensions: ['docx'] },
	xl: { kind: 'document', mime: `${officeXml}.spreadsheetml.sheet`, extensions: ['xlsx'] },
	ppt: { kind: 'document', mime: `${officeXml}.presentationml.presentation`, extensions: ['pptx'] }
};
const openDocument = 'application/vnd.oasis.opendocument';
const byMime: Record<string, FileType> = {
	[`${openDocument}.text`]: odf('text', 'odt'),
	[`${openDocument}.spreadsheet`]: odf('spreadsheet', 'ods'),
	[`${openDocument}.presentation`]: odf('presentation', 'odp')
};
const archive: FileType = { kind: 'archive', mime: 'application/zip', extensions: ['zip'] };

/** Scripts of either family, controls, and programs in disguise. */
const activeEntry =
	/(^|\/)(vba[^/]*\.bin|macrosheets\/|activex\/|basic\/|scripts\/)|\.(exe|dll|com|scr|js|jse|vbs|vbe|wsf|hta|bat|cmd|ps1|lnk|jar)$/i;
const activeType = /macroEnabled|vbaProject|activeX|vbaData/i;

function odf(name: string, extension: string): FileType {
	return { kind: 'document', mime: `${openDocument}.${name}`, extensions: [extension] };
}

/** What an archive is by its entries. Documents with macros, controls or a template from elsewhere are refused. */
export async function readZip(reader: ByteReader, open: Open): Promise<FileType> {
	const entries = await readZipEntries(reader);
	const named = (name: string) => entries.find((entry) => entry.name === name);
	const types = named('[Content_Types].xml');
	const mime = named('mimetype');
	if (!types && !mime) return plainArchive(entries);
	if (entries.some(({ name, encrypted }) => encrypted || activeEntry.test(name))) {
		throw new AppError('file_type_refused');
	}
	if (mime) return known(byMime[(await readZipText(open, mime)).trim()]);
	if (types && activeType.test(await readZipText(open, types))) {
		throw new AppError('file_type_refused');
	}
	const template = named('word/_rels/settings.xml.rels');
	if (template && /TargetMode\s*=\s*["']External/i.test(await readZipText(open, template))) {
		throw new AppError('file_type_refused');
	}
	const folder = Object.keys(byFolder).find((each) =>
		entries.some(({ name }) => name.startsWith(`${each}/`))
	);
	return known(byFolder[folder ?? '']);
}

function plainArchive(entries: readonly ZipEntry[]): FileType {
	const program = ({ name }: ZipEntry) =>
		/^(META-INF\/MANIFEST\.MF|AndroidManifest\.xml)$/.test(name);
	if (entries.some(program)) throw new AppError('file_type_refused');
	return archive;
}

function known(type: FileType | undefined): FileType {
	if (!type) throw new AppError('file_type_refused');
	return type;
}

const legacy: readonly [name: string, type: FileType][] = [
	['WordDocument', { kind: 'document', mime: 'application/msword', extensions: ['doc'] }],
	['Workbook', { kind: 'document', mime: 'application/vnd.ms-excel', extensions: ['xls'] }],
	[
		'PowerPoint Document',
		{ kind: 'document', mime: 'application/vnd.ms-powerpoint', extensions: ['ppt'] }
	]
];

/** Word, Excel and PowerPoint before 2007: told apart, and their macros found, by the names of their streams. */
export async function readLegacyOffice(reader: ByteReader): Promise<FileType> {
	let type: FileType | undefined;
	let carry = '';
	for (let part = await reader.next(); part; part = await reader.next()) {
		const raw = carry + text(part);
		carry = raw.slice(-128);
		// Names there are UTF-16.
		const names = raw.replaceAll('\0', '');
		if (/_VBA_PROJECT|Macros|VBA_PROJECT_CUR|Equation Native/.test(names)) {
			throw new AppError('file_type_refused');
		}
		type ??= legacy.find(([name]) => names.includes(name))?.[1];
	}
	return known(type);
}
