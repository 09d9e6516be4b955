/** What people paste, and what attackers type. Whatever runs sets `pwned`, whatever loads asks `evil.test`. */
export const hostileTexts = [
	'<script>pwned = 1</script><img src="https://evil.test/i.png" onerror="pwned = 1">',
	'<svg onload="pwned = 1"><animate onbegin="pwned = 1" attributeName="x"/></svg><iframe src="javascript:pwned = 1">',
	'</textarea></style></title><style>* { display: none !important }</style><base href="https://evil.test/">',
	'javascript:pwned=1 data:text/html,<script>pwned=1</script> vbscript:pwned https://javascript:pwned=1@evil.test/',
	'[click](javascript:pwned=1) ![x](https://evil.test/i.png) <https://evil.test/"onmouseover="pwned=1>',
	'{{constructor.constructor("pwned = 1")()}} ${pwned = 1} {@html "<img src=x onerror=pwned=1>"} %3Cscript%3E',
	'\u202Egnp.exe \u2066\u2067left\u2069\u2069 \u200B\u200D\uFEFF\u00AD\u2060 שלום עולם! مرحبا (123)',
	`${'x\u200D'.repeat(40)} Z${'\u0301\u0489\u030B\u0332'.repeat(60)}algo`,
	'W'.repeat(900),
	`https://example.com/${'a'.repeat(600)}?q=${'%20'.repeat(100)}#"'<>`,
	'👩‍👩‍👧‍👦🏳️‍🌈🇺🇦👍🏿🧑🏽‍🚀'.repeat(30),
	`\t${'一二三四五六七八九十'.repeat(40)}\n\n\n\n   end`,
	'ﷺ﷽𒐫꧅'.repeat(20),
	`${'m'.repeat(3990)}<b>end</b>`.slice(0, 4000)
];
