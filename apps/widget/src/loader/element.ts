export const element = <Name extends keyof HTMLElementTagNameMap>(
	name: Name | 'chatiq-widget',
	properties?: object
) => Object.assign(document.createElement(name), properties) as HTMLElementTagNameMap[Name];
