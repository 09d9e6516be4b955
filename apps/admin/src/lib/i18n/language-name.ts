/** The name of a language in that language: "English", "Українська". */
export function languageName(code: string, inLocale: string = code): string {
	const name = new Intl.DisplayNames([inLocale], { type: 'language' }).of(code) ?? code;
	return name.charAt(0).toLocaleUpperCase(inLocale) + name.slice(1);
}
