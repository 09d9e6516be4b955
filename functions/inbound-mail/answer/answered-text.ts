interface Own {
	/** The line that stands above all else in our mails, in each language. */
	replyLines: readonly string[];
	/** Addresses of ours that a quote's head may name. */
	addresses: readonly string[];
}

const longestMail = 200_000;
const longestHead = 400;

/** The words that somebody wrote, without the mail that they answered and without what their program adds. */
export function answeredText(text: string, own: Own): string {
	const lines = text
		.slice(0, longestMail)
		.replace(/\r\n?/g, '\n')
		.replace(/[\u200b\u200e\u200f\ufeff]/g, '')
		.replace(/\u00a0/g, ' ')
		.split('\n')
		.map((line) => line.trimEnd());
	return withoutSignature(withoutQuote(lines, own))
		.join('\n')
		.replace(/\n{3,}/g, '\n\n')
		.trim();
}

function withoutQuote(lines: string[], own: Own): string[] {
	const marked = lines.findIndex((line) => own.replyLines.some((known) => line.includes(known)));
	// What stands below our line is ours, but for an answer that was written between the lines.
	const from = headAt(lines, own, marked);
	if (from === -1) return lines.filter((line) => !quoted(line));
	const above = lines.slice(0, from).filter((line) => !quoted(line));
	const below = lines.slice(from);
	return below.some(quoted) ? [...above, ...betweenQuotes(below)] : above;
}

const quoted = (line: string) => /^\s*>/.test(line);

/** Where the quote begins: at its head, or without one at our own line. */
function headAt(lines: string[], own: Own, marked: number): number {
	const end = marked === -1 ? lines.length : marked + 1;
	for (let place = 0; place < end; place++) {
		if (isHead(lines, place, own)) return place;
	}
	return marked;
}

/** Heads that are longer than a line are folded by most programs. */
function isHead(lines: string[], place: number, own: Own): boolean {
	const line = unquoted(lines[place] ?? '');
	if (line === '' || line.length > longestHead) return false;
	if (dividers.test(line) || isBlockOfHeaders(lines, place)) return true;
	for (let count = 1; count <= 4; count++) {
		const joined = lines
			.slice(place, place + count)
			.map(unquoted)
			.join(' ')
			.trim();
		if (joined.length > longestHead) return false;
		if (attributions.some((known) => known.test(joined))) return true;
		if (
			joined.endsWith(':') &&
			own.addresses.some((address) => joined.toLowerCase().includes(address))
		)
			return true;
		if ((lines[place + count] ?? '').trim() === '') return false;
	}
	return false;
}

const unquoted = (line: string) => line.replace(/^(\s*>)+/, '').trim();

/** «On … wrote:» of Gmail, Apple Mail, Thunderbird, Outlook and their like. */
const attributions = [
	/^(On|Le|El|Il|Em|Am|Op|W dniu|Dnia|Den|Dne)\s.{6,300}\s(wrote|a écrit|escribió|ha scritto|escreveu|schrieb|schreef|pisze|napisał\(?a?\)?|skrev|napsal\(?a?\)?)\s?.{0,120}:$/iu,
	// сб, 21 лист. 2026 р. о 14:05 Крамниця <chat@shop.test> пише:
	/^(\S{2,10},?\s)?\d{1,2}[\s./-].{2,300}\s(пише|написав|написала|написали|пишет|написал|wrote)(\s?\([^)]{1,6}\))?:$/iu,
	// Any language: a date, somebody's address, a colon.
	/^.{0,200}\d{1,4}.{0,200}<[^<>\s]+@[^<>\s]+>.{0,30}:$/u
];

const dividers =
	/^(-{2,}|_{2,})\s?(original message|original appointment|forwarded message|reply message|вихідне повідомлення|оригінальне повідомлення|початкове повідомлення|пересилане повідомлення|исходное сообщение|пересылаемое сообщение|ursprüngliche nachricht|message d'origine|mensaje original)\s?(-{2,}|_{2,})?$/iu;

/** Outlook's head of four lines, with or without a rule above. */
function isBlockOfHeaders(lines: string[], place: number): boolean {
	const rest = lines.slice(place, place + 8).map((line) => unquoted(line).replace(/\*/g, ''));
	if (/^_{10,}$/.test(rest[0] ?? '')) rest.shift();
	const block = rest.filter((line) => line !== '').slice(0, 4);
	if (!/^(from|від|от|von|de|da|od)\s?:\s\S/iu.test(block[0] ?? '')) return false;
	return block
		.slice(1)
		.some((line) =>
			/^(sent|date|to|subject|надіслано|дата|кому|тема|отправлено|gesendet|an|betreff|envoyé|à|objet|enviado|para|asunto)\s?:/iu.test(
				line
			)
		);
}

/** Answers between the lines of a quote: the quoted lines and the head go, the rest stays. */
function betweenQuotes(below: string[]): string[] {
	const first = below.findIndex(quoted);
	return below.slice(first).filter((line) => !quoted(line));
}

const mobile =
	/^(sent (from|via|using|with) |get outlook for |надіслано (з|із|зі|через|за допомогою) |відправлено (з|із|зі|через|за допомогою) |отправлено (с|из|со|через|с помощью) |gesendet von |envoyé de(puis)? |enviado desde ).{1,80}$/iu;

/** RFC 3676's «-- » ends the text; what a phone adds is its last line. */
function withoutSignature(lines: string[]): string[] {
	const dashes = lines.findIndex((line) => line === '--' || line === '—' || line === '––');
	const kept = dashes === -1 ? [...lines] : lines.slice(0, dashes);
	while (kept.length > 0) {
		const last = (kept.at(-1) ?? '').trim();
		if (last !== '' && !mobile.test(last) && !/^_{5,}$/.test(last)) break;
		kept.pop();
	}
	return kept;
}
