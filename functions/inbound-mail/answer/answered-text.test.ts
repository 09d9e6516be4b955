import { expect, it } from 'vitest';
import { answeredText } from './answered-text.ts';
import { htmlText } from './html-text.ts';

const own = {
	replyLines: ['Write your answer above this line', 'Пишіть відповідь над цим рядком'],
	addresses: ['chat@shop.test', '@reply.test']
};
const ours = `— Write your answer above this line —

Shop answered in the chat while you were away:

Olena, Nov 21, 2026, 2:05 PM
Yes, we do.`;
const oursUk = ours.replace('Write your answer above this line', 'Пишіть відповідь над цим рядком');
const quote = (text: string) => text.replace(/^/gm, '> ');

// As the programs write it; what is expected is always the same two lines.
const cases: Record<string, string> = {
	'Gmail, en': `Great, thanks!\nSee you.\n\nOn Sat, Nov 21, 2026 at 2:05 PM Shop <chat@shop.test> wrote:\n\n${quote(ours)}`,
	'Gmail, folded head': `Great, thanks!\nSee you.\n\nOn Sat, Nov 21, 2026 at 2:05 PM Shop of a rather long name\n<chat@shop.test> wrote:\n\n${quote(ours)}`,
	'Gmail, uk': `Great, thanks!\nSee you.\n\nсб, 21 лист. 2026 р. о 14:05 Крамниця <chat@shop.test> пише:\n\n${quote(oursUk)}`,
	'Gmail, uk, folded head': `Great, thanks!\nSee you.\n\nсб, 21 лист. 2026 р. о 14:05 Крамниця «Кава й чай» на Подолі\n<chat@shop.test> пише:\n\n${quote(oursUk)}`,
	'Gmail, ru': `Great, thanks!\nSee you.\n\nсб, 21 нояб. 2026 г. в 14:05, Shop <chat@shop.test>:\n\n${quote(ours)}`,
	'Gmail, de': `Great, thanks!\nSee you.\n\nAm Sa., 21. Nov. 2026 um 14:05 Uhr schrieb Shop <chat@shop.test>:\n\n${quote(ours)}`,
	'Gmail, pl': `Great, thanks!\nSee you.\n\nsob., 21 lis 2026 o 14:05 Shop <chat@shop.test> napisał(a):\n\n${quote(ours)}`,
	'Apple Mail, en': `Great, thanks!\nSee you.\n\n> On 21 Nov 2026, at 14:05, Shop <chat@shop.test> wrote:\n> \n${quote(ours)}\n`,
	'Apple Mail, uk': `Great, thanks!\nSee you.\n\n> 21 лист. 2026 р. о 14:05 Крамниця <chat@shop.test> написав(-ла):\n> \n${quote(oursUk)}\n`,
	'iPhone, en': `Great, thanks!\nSee you.\n\nSent from my iPhone\n\n> On 21 Nov 2026, at 14:05, Shop <chat@shop.test> wrote:\n> \n${quote(ours)}`,
	'iPhone, uk': `Great, thanks!\nSee you.\n\nНадіслано з iPhone\n\n> 21 лист. 2026 р. о 14:05 Крамниця <chat@shop.test> пише:\n> \n${quote(oursUk)}`,
	'Outlook, en': `Great, thanks!\r\nSee you.\r\n\r\nFrom: Shop <chat@shop.test>\r\nSent: Saturday, November 21, 2026 2:05 PM\r\nTo: Ann <ann@people.test>\r\nSubject: Shop answered you\r\n\r\n${ours.replaceAll('\n', '\r\n')}`,
	'Outlook, uk': `Great, thanks!\nSee you.\n\n________________________________\nВід: Крамниця <chat@shop.test>\nНадіслано: субота, 21 листопада 2026 р. 14:05\nКому: Ann <ann@people.test>\nТема: Вам відповіли\n\n${oursUk}`,
	'Outlook, ru': `Great, thanks!\nSee you.\n\nОт: Shop <chat@shop.test>\nОтправлено: 21 ноября 2026 г. 14:05\nКому: Ann\nТема: Shop\n\n${ours}`,
	'Outlook of old': `Great, thanks!\nSee you.\n\n-----Original Message-----\nFrom: Shop [mailto:chat@shop.test]\nSent: Saturday\n\n${ours}`,
	'Outlook for iOS': `Great, thanks!\nSee you.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Shop <chat@shop.test>\nSent: Saturday, November 21, 2026 2:05:00 PM\nTo: Ann <ann@people.test>\nSubject: Shop answered you\n\n${ours}`,
	'Samsung, en': `Great, thanks!\nSee you.\n\nSent from my Galaxy\n\n-------- Original message --------\nFrom: Shop <chat@shop.test>\nDate: 21/11/2026 14:05 (GMT+02:00)\nTo: ann@people.test\n\n${ours}`,
	'Samsung, uk': `Great, thanks!\nSee you.\n\nНадіслано з пристрою Galaxy\n\n-------- Оригінальне повідомлення --------\nВід: Крамниця <chat@shop.test>\nДата: 21.11.2026 14:05\n\n${oursUk}`,
	Yahoo: `Great, thanks!\nSee you.\n\n    On Saturday, November 21, 2026 at 02:05:10 PM GMT+2, Shop <chat@shop.test> wrote:  \n \n ${ours}`,
	Thunderbird: `Great, thanks!\nSee you.\n\nOn 21.11.26 14:05, Shop wrote:\n${quote(ours)}\n`,
	'Thunderbird, uk': `Great, thanks!\nSee you.\n\n21.11.26 14:05, Крамниця пише:\n${quote(oursUk)}`,
	'Thunderbird, below the quote': `On 21.11.26 14:05, Shop wrote:\n${quote(ours)}\n\nGreat, thanks!\nSee you.\n\n-- \nAnn\n+380 44 000`,
	'between the lines': `On 21.11.26 14:05, Shop wrote:\n> Do you like it?\nGreat, thanks!\n> When do you come?\nSee you.`,
	'Ukr.net': `Great, thanks!\nSee you.\n\n21 листопада 2026, 14:05:11, від "Крамниця" <chat@shop.test>:\n\n${oursUk}`,
	Proton: `Great, thanks!\nSee you.\n\nOn Saturday, November 21st, 2026 at 2:05 PM, Shop <chat@shop.test> wrote:\n\n${quote(ours)}`,
	signature: `Great, thanks!\nSee you.\n\n-- \nAnn Smith\nCEO\n\nOn Sat, Nov 21, 2026 at 2:05 PM Shop <chat@shop.test> wrote:\n${quote(ours)}`,
	'no quote at all': 'Great, thanks!\nSee you.',
	'a head nobody knows, over our line': `Great, thanks!\nSee you.\n\n${ours}`,
	'invisible letters': '\ufeffGreat, thanks!\u200b\nSee you.\u00a0\n\n\n\n'
};

it.each(Object.entries(cases))('%s', (_program, text) => {
	expect(answeredText(text, own)).toBe('Great, thanks!\nSee you.');
});

it.each([
	'He told me on Monday:\nthe order 12 is late.',
	'On the other hand, I wrote: no.',
	'From: where do you send?\nI live in Kyiv.',
	'Дякую! Ось моя адреса:\nКиїв, вул. Січових Стрільців, 5',
	'My prices:\n10 - 20\n5 -- 6',
	'Write to me: ann@people.test'
])('keeps %j as it is', (text) => {
	expect(answeredText(text, own)).toBe(text);
});

it('is quick with hostile texts', () => {
	const started = performance.now();
	for (const text of [
		'On '.repeat(30_000),
		`${'12 '.repeat(20_000)}<`,
		'> '.repeat(50_000),
		'a\n'.repeat(20_000),
		'<'.repeat(50_000)
	]) {
		answeredText(text, own);
		htmlText(text);
	}
	expect(performance.now() - started).toBeLessThan(10_000);
});

it('reads mails that are HTML only', () => {
	const gmail = `<div dir="ltr">Great,&nbsp;thanks!<div>See <b>you</b>.</div></div><br><div class="gmail_quote"><div>On Sat wrote:</div><blockquote>${ours}</blockquote></div>`;
	expect(htmlText(gmail)).toBe('Great, thanks!\nSee you.');
	const outlook = `<html><head><style>p {color: red}</style></head><body><p>Great, thanks!<br>See you.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Shop</div></body></html>`;
	expect(htmlText(outlook)).toBe('Great, thanks!\nSee you.');
	expect(htmlText('<script>alert(1)</script>1 &lt; 2 &#1108; &#x454; &bogus;<!-- no -->')).toBe(
		'1 < 2 є є &bogus;'
	);
});
