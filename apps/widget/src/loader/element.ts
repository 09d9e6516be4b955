export const element = <Name extends keyof HTMLElementTagNameMap>(
	name: Name,
	properties?: object
): HTMLElementTagNameMap[Name] => Object.assign(document.createElement(name), properties);
